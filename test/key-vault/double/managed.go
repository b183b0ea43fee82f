package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// managedIdentities gives tokens as the metadata service of a virtual machine does, and as App Service does.
type managedIdentities struct {
	settings config
	tokens   *tokens
	gate     *gate
}

func (m *managedIdentities) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /metadata/identity/oauth2/token", m.metadata)
	mux.HandleFunc("GET /metadata/identity/oauth2/token/{$}", m.metadata)
	mux.HandleFunc("GET /msi/token", m.appService)
}

func (m *managedIdentities) metadata(w http.ResponseWriter, req *http.Request) {
	if req.Header.Get("Metadata") != "true" || req.Header.Get("X-Forwarded-For") != "" {
		m.refuse(w, badRequest("bad_request_102", 0, "Required metadata header not specified"))
		return
	}
	m.answer(w, req)
}

func (m *managedIdentities) appService(w http.ResponseWriter, req *http.Request) {
	if req.Header.Get("X-IDENTITY-HEADER") != m.settings.IdentityHeader {
		m.refuse(w, &refusal{status: http.StatusUnauthorized, name: "unauthorized", description: "X-IDENTITY-HEADER is wrong"})
		return
	}
	m.answer(w, req)
}

func (m *managedIdentities) refuse(w http.ResponseWriter, r *refusal) {
	m.gate.refuse(w, entry{Operation: operationManagedIdentity}, r.answer())
}

// identity finds the one that is asked for, or the only one.
func (m *managedIdentities) identity(clientID string) (string, bool) {
	for _, p := range m.settings.Principals {
		if p.Managed && (clientID == "" || clientID == p.ClientID) {
			return p.ClientID, true
		}
	}
	return "", false
}

func (m *managedIdentities) answer(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	clientID, ok := m.identity(query.Get("client_id"))
	m.gate.pass(w, req, entry{Operation: operationManagedIdentity, Principal: clientID}, func(f *fault) *answer {
		switch {
		case f != nil && f.Kind == faultStatus:
			return f.tokenAnswer()
		case !ok:
			return badRequest("invalid_request", 0, "Identity not found").answer()
		case strings.TrimSuffix(query.Get("resource"), "/") != resource:
			return badRequest("invalid_resource", 500011, "The resource principal named %s was not found.", query.Get("resource")).answer()
		}
		text, expires := m.tokens.issue(clientID)
		return jsonAnswer(http.StatusOK, map[string]string{
			"access_token": text, "client_id": clientID, "resource": resource, "token_type": "Bearer",
			"expires_on": fmt.Sprint(expires.Unix()), "expires_in": fmt.Sprint(int(time.Until(expires).Seconds())),
		})
	})
}
