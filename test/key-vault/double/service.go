package main

import (
	"fmt"
	"net/http"
)

// service is what answers on the vault's address: its API, and the authority for the tokens it takes.
type service struct {
	vault     *vault
	tokens    *tokens
	access    *access
	authority http.Handler
	gate      *gate
	tenant    string
}

func (s *service) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := parts(req.URL.Path)
	if len(path) == 0 || s.vault.transports[path[0]] == nil {
		s.authority.ServeHTTP(w, req)
		return
	}
	c, wrong := parseCall(req, req.URL.Path, s.vault.routes)
	e := entry{Operation: c.operation, Name: c.name, Version: c.version}
	clientID, err := s.tokens.check(req.Header.Get("Authorization"))
	if err != nil {
		s.gate.refuse(w, e, s.challenged(req, asProblem(err).answer()))
		return
	}
	e.Principal = clientID
	if wrong != nil {
		s.gate.refuse(w, e, asProblem(wrong).answer())
		return
	}
	s.gate.pass(w, req, e, func(f *fault) *answer {
		if f != nil && f.Kind == faultStatus {
			return s.challenged(req, f.vaultProblem().answer())
		}
		if err := s.access.check(clientID, s.tenant, c); err != nil {
			return asProblem(err).answer()
		}
		return s.vault.perform(req, req.Host, req.URL.Path, c)
	})
}

// challenged adds to a 401 where tokens come from.
func (s *service) challenged(req *http.Request, a *answer) *answer {
	if a.status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", fmt.Sprintf("Bearer authorization=%q, resource=%q", "https://"+req.Host+"/"+s.tenant, resource))
	}
	return a
}
