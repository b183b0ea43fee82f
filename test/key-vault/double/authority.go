package main

import (
	"crypto/subtle"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	operationToken           = "token"
	operationManagedIdentity = "managed-identity"
	assertionType            = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// authority gives tokens as Entra ID's v2.0 endpoints do: for a client secret, a client certificate or a federated token.
type authority struct {
	tenant string
	tokens *tokens
	gate   *gate
	mux    *http.ServeMux
	mu     sync.Mutex
	known  map[string]*principal
}

// refusal is an error answer of Entra ID.
type refusal struct {
	status      int
	name        string
	code        int
	description string
}

func (r *refusal) Error() string { return r.description }

func (r *refusal) answer() *answer {
	now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	text := fmt.Sprintf("%s Trace ID: double Correlation ID: double Timestamp: %s", r.description, now)
	if r.code != 0 {
		text = fmt.Sprintf("AADSTS%d: %s", r.code, text)
	}
	return jsonAnswer(r.status, map[string]any{
		"error": r.name, "error_description": text, "error_codes": []int{r.code}, "timestamp": now, "trace_id": "double",
		"correlation_id": "double",
	})
}

func invalidClient(code int, format string, values ...any) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", code, fmt.Sprintf(format, values...)}
}

func badRequest(name string, code int, format string, values ...any) *refusal {
	return &refusal{http.StatusBadRequest, name, code, fmt.Sprintf(format, values...)}
}

func newAuthority(settings config, issued *tokens, door *gate) *authority {
	a := &authority{tenant: settings.TenantID, tokens: issued, gate: door, mux: http.NewServeMux(), known: map[string]*principal{}}
	for _, p := range settings.Principals {
		a.known[p.ClientID] = &p
	}
	a.mux.HandleFunc("GET /common/discovery/instance", a.instance)
	a.mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", a.configuration)
	a.mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", a.token)
	return a
}

func (a *authority) ServeHTTP(w http.ResponseWriter, req *http.Request) { a.mux.ServeHTTP(w, req) }

func (a *authority) instance(w http.ResponseWriter, req *http.Request) {
	jsonAnswer(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": fmt.Sprintf("https://%s/%s/v2.0/.well-known/openid-configuration", req.Host, a.tenant),
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": req.Host, "preferred_cache": req.Host, "aliases": []string{req.Host}},
		},
	}).write(w)
}

func (a *authority) tenantNotFound(req *http.Request) *refusal {
	if req.PathValue("tenant") == a.tenant {
		return nil
	}
	return badRequest("invalid_tenant", 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are "+
		"signing into the correct cloud.", req.PathValue("tenant"))
}

func (a *authority) configuration(w http.ResponseWriter, req *http.Request) {
	if refused := a.tenantNotFound(req); refused != nil {
		refused.answer().write(w)
		return
	}
	base := fmt.Sprintf("https://%s/%s", req.Host, a.tenant)
	jsonAnswer(http.StatusOK, map[string]any{
		"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize", "jwks_uri": base + "/discovery/v2.0/keys",
		"end_session_endpoint": base + "/oauth2/v2.0/logout",
	}).write(w)
}

func (a *authority) token(w http.ResponseWriter, req *http.Request) {
	e := entry{Operation: operationToken, Principal: req.PostFormValue("client_id")}
	a.gate.pass(w, req, e, func(f *fault) *answer {
		if f != nil && f.Kind == faultStatus {
			return f.tokenAnswer()
		}
		if refused := a.login(req); refused != nil {
			return refused.answer()
		}
		text, expires := a.tokens.issue(e.Principal)
		left := int(time.Until(expires).Seconds())
		return jsonAnswer(http.StatusOK, map[string]any{
			"token_type": "Bearer", "expires_in": left, "ext_expires_in": left, "access_token": text,
		})
	})
}

// tokenAnswer is the answer of the kind status as Entra ID words it.
func (f *fault) tokenAnswer() *answer {
	name, description := f.Code, f.Message
	if name == "" {
		name = "temporarily_unavailable"
	}
	if description == "" {
		description = "The server is temporarily too busy to handle the request."
	}
	a := (&refusal{status: f.Status, name: name, code: 90033, description: description}).answer()
	if f.RetryAfter != nil {
		a.header.Set("Retry-After", fmt.Sprint(*f.RetryAfter))
	}
	return a
}

func (a *authority) login(req *http.Request) *refusal {
	if refused := a.tenantNotFound(req); refused != nil {
		return refused
	}
	form := req.PostFormValue
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.known[form("client_id")]
	switch {
	case form("grant_type") != "client_credentials":
		return badRequest("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", form("grant_type"))
	case !ok:
		return badRequest("unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'.",
			form("client_id"), a.tenant)
	case form("scope") != resource+"/.default":
		return badRequest("invalid_resource", 500011, "The resource principal named %s was not found in the tenant named %s.",
			form("scope"), a.tenant)
	case form("client_secret") != "":
		if known.Secret == "" || subtle.ConstantTimeCompare([]byte(form("client_secret")), []byte(known.Secret)) == 0 {
			return invalidClient(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client "+
				"secret value, not the client secret ID, for a secret added to app '%s'.", known.ClientID)
		}
		return nil
	case form("client_assertion_type") != assertionType || form("client_assertion") == "":
		return invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	assertion, err := parseAssertion(form("client_assertion"))
	if err != nil {
		return badRequest("invalid_request", 50027, "JWT token is invalid or malformed.")
	}
	return assertion.check(known, fmt.Sprintf("https://%s/%s", req.Host, a.tenant), time.Now())
}

// federate lets the holder of a token with this subject log in as the principal.
func (a *authority) federate(clientID, subject string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.known[clientID]
	if !ok {
		return fmt.Errorf("no principal has the client id %s", clientID)
	}
	if !slices.Contains(known.Subjects, subject) {
		known.Subjects = append(known.Subjects, subject)
	}
	return nil
}

func (p *principal) certificate() (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(p.CertificatePEM))
	if block == nil {
		return nil, fmt.Errorf("the principal %s has no certificate", p.ClientID)
	}
	return x509.ParseCertificate(block.Bytes)
}
