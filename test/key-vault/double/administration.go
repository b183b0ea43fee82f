package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// administration is how tests set the double up and look into it; it asks nobody who they are.
type administration struct {
	vault     *vault
	host      string
	tokens    *tokens
	access    *access
	authority *authority
	gate      *gate
}

const vaultPrefix = "/admin/vault"

func (a *administration) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /admin/health", func(w http.ResponseWriter, _ *http.Request) { done(w, nil) })
	mux.HandleFunc("GET /admin/journal", func(w http.ResponseWriter, _ *http.Request) {
		jsonAnswer(http.StatusOK, a.gate.journal.content()).write(w)
	})
	mux.HandleFunc("DELETE /admin/journal", func(w http.ResponseWriter, _ *http.Request) {
		a.gate.journal.clear()
		done(w, nil)
	})
	mux.HandleFunc("POST /admin/faults", receive(a.gate.faults.add))
	mux.HandleFunc("DELETE /admin/faults", func(w http.ResponseWriter, _ *http.Request) {
		a.gate.faults.clear()
		done(w, nil)
	})
	mux.HandleFunc("DELETE /admin/tokens", func(w http.ResponseWriter, _ *http.Request) {
		a.tokens.revoke()
		done(w, nil)
	})
	mux.HandleFunc("PUT /admin/tokens/lifetime", receive(func(given struct{ Seconds int }) error {
		a.tokens.setLifetime(time.Duration(given.Seconds) * time.Second)
		return nil
	}))
	mux.HandleFunc("PUT /admin/permissions", receive(func(given struct {
		ClientID    string
		Permissions []string
		Mode        string
	}) error {
		a.access.permit(given.ClientID, rule{permissions: given.Permissions, mode: given.Mode})
		return nil
	}))
	mux.HandleFunc("PUT /admin/subjects", receive(func(given struct{ ClientID, Subject string }) error {
		return a.authority.federate(given.ClientID, given.Subject)
	}))
	mux.HandleFunc(vaultPrefix+"/", a.perform)
}

// perform serves the vault's own API without tokens, permissions, faults and the journal.
func (a *administration) perform(w http.ResponseWriter, req *http.Request) {
	path := strings.TrimPrefix(req.URL.Path, vaultPrefix)
	c, err := parseCall(req, path, a.vault.routes)
	if err != nil {
		asProblem(err).answer().write(w)
		return
	}
	a.vault.perform(req, a.host, path, c).write(w)
}

func receive[T any](act func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		var given T
		decoder := json.NewDecoder(req.Body)
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&given)
		if err == nil {
			err = act(given)
		}
		done(w, err)
	}
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
