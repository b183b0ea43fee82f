package main

import (
	"net/http"
	"regexp"
	"strings"
)

// call is what a request asks of the vault.
type call struct {
	// operation is the permission it takes, such as keys/sign; the journal and the faults name it so.
	operation string
	// method of the generated server, such as Client.Sign; empty for lists, whose pages are made here.
	method     string
	collection string
	name       string
	version    string
}

// route is a pattern of a path: its first part, what follows the name (and version), and whether a version may be there.
type route struct {
	verb, collection, action string
	versioned                bool
	operation, method        string
}

func routes() []route {
	return []route{
		{"POST", "keys", "create", false, "keys/create", "Client.CreateKey"},
		{"POST", "keys", "sign", true, "keys/sign", "Client.Sign"},
		{"GET", "keys", "versions", false, "keys/list", ""},
		{"GET", "keys", "", true, "keys/get", "Client.GetKey"},
		{"PATCH", "keys", "", true, "keys/update", "Client.UpdateKey"},
		{"DELETE", "keys", "", false, "keys/delete", "Client.DeleteKey"},
		{"GET", "deletedkeys", "", false, "keys/get", "Client.GetDeletedKey"},
		{"DELETE", "deletedkeys", "", false, "keys/purge", "Client.PurgeDeletedKey"},
		{"PUT", "secrets", "", false, "secrets/set", "Client.SetSecret"},
		{"GET", "secrets", "versions", false, "secrets/list", ""},
		{"GET", "secrets", "", true, "secrets/get", "Client.GetSecret"},
		{"PATCH", "secrets", "", true, "secrets/set", "Client.UpdateSecretProperties"},
		{"DELETE", "secrets", "", false, "secrets/delete", "Client.DeleteSecret"},
		{"GET", "deletedsecrets", "", false, "secrets/get", "Client.GetDeletedSecret"},
		{"DELETE", "deletedsecrets", "", false, "secrets/purge", "Client.PurgeDeletedSecret"},
		{"POST", "certificates", "import", false, "certificates/import", "Client.ImportCertificate"},
		{"GET", "certificates", "", true, "certificates/get", "Client.GetCertificate"},
	}
}

// parts of a path that are not empty: clients send //sign and a trailing / for the latest version.
func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func (r route) match(verb string, path []string) (call, bool) {
	if verb != r.verb || len(path) < 2 || path[0] != r.collection {
		return call{}, false
	}
	found := call{operation: r.operation, method: r.method, collection: r.collection, name: path[1]}
	rest := path[2:]
	if r.action != "" {
		if len(rest) == 0 || rest[len(rest)-1] != r.action {
			return call{}, false
		}
		rest = rest[:len(rest)-1]
	}
	if len(rest) == 1 && r.versioned {
		found.version = rest[0]
		return found, true
	}
	return found, len(rest) == 0
}

// parseCall finds what a request asks; the generated servers then check the path again.
func parseCall(req *http.Request, path string, known []route) (call, error) {
	for _, r := range known {
		found, ok := r.match(req.Method, parts(path))
		if !ok {
			continue
		}
		if !regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`).MatchString(found.name) {
			return found, badParameter("The request URI contains an invalid name: %s", found.name)
		}
		if req.URL.Query().Get("api-version") == "" {
			return found, badParameter("api-version must be specified")
		}
		return found, nil
	}
	return call{}, &problem{
		status:  http.StatusNotFound,
		code:    "NotFound",
		message: "The double does not serve " + req.Method + " " + path,
	}
}

// identity splits what the generated patterns take for a name: they match the version with it.
func identity(name, version string) (string, string) {
	found := append(parts(name), parts(version)...)
	if len(found) == 1 {
		return found[0], ""
	}
	return found[0], found[1]
}
