package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// federatedAudience is what Entra ID wants tokens of other issuers to be for.
const federatedAudience = "api://AzureADTokenExchange"

// assertion is a JWT that stands for a client secret: signed by the client's certificate, or by another issuer.
type assertion struct {
	header struct {
		Algorithm        string `json:"alg"`
		Thumbprint       string `json:"x5t"`
		ThumbprintSHA256 string `json:"x5t#S256"`
	}
	claims struct {
		Issuer    string   `json:"iss"`
		Subject   string   `json:"sub"`
		Audience  audience `json:"aud"`
		Expires   int64    `json:"exp"`
		NotBefore int64    `json:"nbf"`
	}
	signed    []byte
	signature []byte
}

// audience is one or many in JSON.
type audience []string

func (a *audience) UnmarshalJSON(content []byte) error {
	var one string
	if json.Unmarshal(content, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(content, (*[]string)(a))
}

func parseAssertion(text string) (*assertion, error) {
	pieces := strings.Split(text, ".")
	if len(pieces) != 3 {
		return nil, errors.New("a JWT has three parts")
	}
	found := &assertion{signed: []byte(pieces[0] + "." + pieces[1])}
	for i, target := range []any{&found.header, &found.claims} {
		content, err := base64.RawURLEncoding.DecodeString(pieces[i])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(content, target); err != nil {
			return nil, err
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(pieces[2])
	found.signature = signature
	return found, err
}

// check is whether the assertion lets its bearer in as the principal; endpoint is the authority with its tenant.
func (a *assertion) check(as *principal, endpoint string, now time.Time) *refusal {
	if now.Unix() >= a.claims.Expires || now.Add(5*time.Minute).Unix() < a.claims.NotBefore {
		return invalidClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, "+
			"expiry time of assertion %s.", now.UTC().Format(time.RFC3339), time.Unix(a.claims.NotBefore, 0).UTC().Format(time.RFC3339),
			time.Unix(a.claims.Expires, 0).UTC().Format(time.RFC3339))
	}
	if a.header.Thumbprint != "" || a.header.ThumbprintSHA256 != "" {
		return a.checkCertificate(as, endpoint)
	}
	return a.checkFederated(as)
}

// checkFederated looks at the claims only: the issuer's keys are not known here.
func (a *assertion) checkFederated(as *principal) *refusal {
	const see = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " +
		"https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	if !slices.Contains(a.claims.Audience, federatedAudience) {
		return invalidClient(700212, "No matching federated identity record found for presented assertion audience '%s'. %s",
			strings.Join(a.claims.Audience, ", "), see)
	}
	if !slices.Contains(as.Subjects, a.claims.Subject) {
		return invalidClient(700213, "No matching federated identity record found for presented assertion subject '%s'. %s",
			a.claims.Subject, see)
	}
	return nil
}

func (a *assertion) checkCertificate(as *principal, endpoint string) *refusal {
	certificate, err := as.certificate()
	if err != nil {
		return invalidClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
	}
	old, current := sha1.Sum(certificate.Raw), sha256.Sum256(certificate.Raw)
	encode := base64.RawURLEncoding.EncodeToString
	switch {
	case a.header.Thumbprint != encode(old[:]) && a.header.ThumbprintSHA256 != encode(current[:]):
		return invalidClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - The key was not found.]")
	case !a.verifies(certificate.PublicKey):
		return invalidClient(700027, "Client assertion failed signature validation.")
	case a.claims.Issuer != as.ClientID || a.claims.Subject != as.ClientID:
		return invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case !slices.Contains(a.claims.Audience, endpoint+"/oauth2/v2.0/token") && !slices.Contains(a.claims.Audience, endpoint+"/v2.0"):
		return invalidClient(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	return nil
}

func (a *assertion) verifies(public crypto.PublicKey) bool {
	key, ok := public.(*rsa.PublicKey)
	digest := sha256.Sum256(a.signed)
	switch {
	case !ok:
		return false
	case a.header.Algorithm == "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], a.signature) == nil
	case a.header.Algorithm == "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], a.signature, nil) == nil
	}
	return false
}
