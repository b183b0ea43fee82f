// The program is a wire double of Azure Key Vault for tests: Microsoft's generated fake servers, with real keys, behind HTTPS.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatalf("usage: %s CONFIG.json", os.Args[0])
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	settings, err := readConfig(path)
	if err != nil {
		return err
	}
	door := &gate{faults: &faults{cleared: make(chan struct{})}, journal: &journal{counts: map[string]int{}}}
	issued := &tokens{tenant: settings.TenantID, lifetime: time.Hour, issued: map[string]token{}}
	stored := newVault(settings.PageSize)
	rights := &access{rules: map[string]rule{}}
	logins := newAuthority(settings, issued, door)

	plain := http.NewServeMux()
	managed := &managedIdentities{settings: settings, tokens: issued, gate: door}
	managed.register(plain)
	admin := &administration{vault: stored, host: settings.VaultAddress, tokens: issued, access: rights, authority: logins, gate: door}
	admin.register(plain)

	ended := make(chan error, 2)
	public := server(&service{vault: stored, tokens: issued, access: rights, authority: logins, gate: door, tenant: settings.TenantID})
	go func() { ended <- listen(settings.VaultAddress, public, settings.CertificateFile, settings.KeyFile) }()
	go func() { ended <- listen(settings.PlainAddress, server(plain), "", "") }()
	return <-ended
}

func server(handler http.Handler) *http.Server {
	// Longer than clients wait for a connection, so that it is they who give up.
	return &http.Server{Handler: limited(handler), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
}

func limited(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Body = http.MaxBytesReader(w, req.Body, 1<<20)
		handler.ServeHTTP(w, req)
	})
}

func listen(address string, server *http.Server, certificate, key string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	if certificate == "" {
		return server.Serve(listener)
	}
	return server.ServeTLS(listener, certificate, key)
}
