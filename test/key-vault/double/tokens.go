package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// resource is what the vault's tokens are for.
const resource = "https://vault.azure.net"

// tokensKept bounds those that have not expired.
const tokensKept = 10_000

type token struct {
	clientID string
	expires  time.Time
}

// tokens that the double has given; they look like JWTs and are looked up, not verified.
type tokens struct {
	tenant   string
	mu       sync.Mutex
	lifetime time.Duration
	issued   map[string]token
}

func (t *tokens) issue(clientID string) (string, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for known, held := range t.issued {
		if now.After(held.expires) || len(t.issued) >= tokensKept {
			delete(t.issued, known)
		}
	}
	expires := now.Add(t.lifetime)
	signature := make([]byte, 32)
	_, _ = rand.Read(signature)
	claims := map[string]any{
		"aud": resource, "iss": "https://sts.windows.net/" + t.tenant + "/", "tid": t.tenant, "appid": clientID, "oid": clientID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": expires.Unix(), "ver": "1.0",
	}
	text := encodePart(map[string]string{"typ": "JWT", "alg": "RS256"}) + "." + encodePart(claims) + "." +
		base64.RawURLEncoding.EncodeToString(signature)
	t.issued[text] = token{clientID: clientID, expires: expires}
	return text, expires
}

func encodePart(value any) string {
	content, _ := json.Marshal(value)
	return base64.RawURLEncoding.EncodeToString(content)
}

// check says whose token an Authorization header holds.
func (t *tokens) check(header string) (string, error) {
	text, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return "", unauthorized("AKV10000: Request is missing a Bearer or PoP token.")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	held, ok := t.issued[text]
	switch {
	case !ok:
		return "", unauthorized("AKV10046: Unable to resolve the key used for signature validation.")
	case time.Now().After(held.expires):
		return "", unauthorized("[TokenExpired] Error validating token: the token has expired.")
	}
	return held.clientID, nil
}

func (t *tokens) revoke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.issued)
}

// setLifetime counts for tokens that are given from now on.
func (t *tokens) setLifetime(lifetime time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lifetime = lifetime
}
