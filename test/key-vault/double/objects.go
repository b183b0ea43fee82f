package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// attributes of a version, which keys, secrets and certificates share.
type attributes struct {
	enabled            bool
	notBefore, expires *time.Time
	created, updated   time.Time
}

// version of an object; its value is never changed in place.
type version[T any] struct {
	id         string
	attributes attributes
	tags       map[string]*string
	value      T
}

// collection of versioned objects; deleted ones keep their names until they are purged.
type collection[T any] struct {
	kind    string // Key, Secret or Certificate.
	mu      sync.Mutex
	live    map[string][]version[T]
	deleted map[string][]version[T]
}

func newCollection[T any](kind string) *collection[T] {
	return &collection[T]{kind: kind, live: map[string][]version[T]{}, deleted: map[string][]version[T]{}}
}

func newVersionID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}

func (c *collection[T]) notFound(name, id string) *problem {
	lower := strings.ToLower(c.kind)
	if id != "" {
		name += "/" + id
	}
	return &problem{
		status: http.StatusNotFound,
		code:   c.kind + "NotFound",
		message: fmt.Sprintf("A %s with (name/id) %s was not found in this key vault. If you recently deleted this %s you may be able "+
			"to recover it using the correct recovery command. For help resolving this issue, please see "+
			"https://go.microsoft.com/fwlink/?linkid=2125182", lower, name, lower),
	}
}

// add makes v the latest version; 409 while the name belongs to a deleted object.
func (c *collection[T]) add(name string, v version[T]) (version[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.deleted[name]; ok {
		return v, &problem{
			status: http.StatusConflict,
			code:   "Conflict",
			inner:  "ObjectIsDeletedButRecoverable",
			message: fmt.Sprintf("%s %s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, "+
				"the %s can only be recovered or purged.", c.kind, name, strings.ToLower(c.kind)),
		}
	}
	c.live[name] = append(c.live[name], v)
	return v, nil
}

// at is the place of a version, or of the latest when id is empty.
func (c *collection[T]) at(name, id string) (int, error) {
	versions := c.live[name]
	if id == "" && len(versions) > 0 {
		return len(versions) - 1, nil
	}
	if i := slices.IndexFunc(versions, func(v version[T]) bool { return v.id == id }); i >= 0 {
		return i, nil
	}
	return 0, c.notFound(name, id)
}

func (c *collection[T]) get(name, id string) (version[T], error) {
	return c.change(name, id, func(*version[T]) {})
}

func (c *collection[T]) update(name, id string, change func(*version[T])) (version[T], error) {
	return c.change(name, id, func(v *version[T]) {
		change(v)
		v.attributes.updated = time.Now()
	})
}

func (c *collection[T]) change(name, id string, change func(*version[T])) (version[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, err := c.at(name, id)
	if err != nil {
		return version[T]{}, err
	}
	change(&c.live[name][i])
	return c.live[name][i], nil
}

// versions in the order of their ids, as the service lists them.
func (c *collection[T]) versions(name string) ([]version[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.at(name, ""); err != nil {
		return nil, err
	}
	listed := slices.Clone(c.live[name])
	slices.SortFunc(listed, func(a, b version[T]) int { return strings.Compare(a.id, b.id) })
	return listed, nil
}

func (c *collection[T]) remove(name string) (version[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, err := c.at(name, "")
	if err != nil {
		return version[T]{}, err
	}
	c.deleted[name] = c.live[name]
	delete(c.live, name)
	return c.deleted[name][i], nil
}

func (c *collection[T]) getDeleted(name string) (version[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	versions := c.deleted[name]
	if len(versions) == 0 {
		return version[T]{}, &problem{
			status:  http.StatusNotFound,
			code:    c.kind + "NotFound",
			message: fmt.Sprintf("Deleted %s not found: %s", c.kind, name),
		}
	}
	return versions[len(versions)-1], nil
}

func (c *collection[T]) purge(name string) error {
	if _, err := c.getDeleted(name); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.deleted, name)
	return nil
}
