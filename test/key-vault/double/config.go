package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// config is the file that the program is started with.
type config struct {
	// VaultAddress is for HTTPS: the vault and the authority that gives tokens.
	VaultAddress string `json:"vaultAddress"`
	// PlainAddress is for HTTP: managed identities and the administration.
	PlainAddress    string `json:"plainAddress"`
	CertificateFile string `json:"certificateFile"`
	KeyFile         string `json:"keyFile"`
	TenantID        string `json:"tenantId"`
	// PageSize is the most that one page of a list holds.
	PageSize int `json:"pageSize"`
	// IdentityHeader is what App Service gives to its apps to ask for tokens with.
	IdentityHeader string      `json:"identityHeader"`
	Principals     []principal `json:"principals"`
}

// principal may log in in the ways that it has the means for.
type principal struct {
	ClientID       string   `json:"clientId"`
	Secret         string   `json:"secret"`
	CertificatePEM string   `json:"certificatePem"`
	Subjects       []string `json:"subjects"` // Of federated credentials.
	Managed        bool     `json:"managed"`
}

func readConfig(path string) (config, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return config{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var found config
	if err := decoder.Decode(&found); err != nil {
		return config{}, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}
