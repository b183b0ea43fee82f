package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	cfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	kfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	sfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets/fake"
)

// transport is a generated fake server: it reads a request and writes the answer as the specification has them.
type transport interface {
	Do(*http.Request) (*http.Response, error)
}

type vault struct {
	keys       *collection[key]
	secrets    *collection[secret]
	transports map[string]transport
	routes     []route
	pageSize   int
}

func newVault(pageSize int) *vault {
	keys, secrets := newCollection[key]("Key"), newCollection[secret]("Secret")
	certificates := &certificateService{certificates: newCollection[certificate]("Certificate"), keys: keys, secrets: secrets}
	keyServer := kfake.NewServerTransport((&keyService{keys}).server())
	secretServer := sfake.NewServerTransport((&secretService{secrets}).server())
	return &vault{
		keys: keys, secrets: secrets, routes: routes(), pageSize: pageSize,
		transports: map[string]transport{
			"keys": keyServer, "deletedkeys": keyServer, "secrets": secretServer, "deletedsecrets": secretServer,
			"certificates": cfake.NewServerTransport(certificates.server()),
		},
	}
}

type hostKey struct{}

// hostOf is what identifiers begin with: the host that the caller used.
func hostOf(ctx context.Context) string {
	host, _ := ctx.Value(hostKey{}).(string)
	return host
}

// perform answers a call without regard to who makes it; path is that of the vault's API.
func (v *vault) perform(req *http.Request, host, path string, c call) *answer {
	ctx := context.WithValue(req.Context(), hostKey{}, host)
	if c.method == "" {
		return v.list(ctx, req, c)
	}
	inner := req.Clone(context.WithValue(ctx, runtime.CtxAPINameKey{}, c.method))
	inner.URL.Path, inner.URL.RawPath = path, ""
	inner.Header.Set("Authorization", "checked") // The generated servers answer 401 without one.
	resp, err := v.transports[c.collection].Do(inner)
	if err != nil {
		return asProblem(err).answer()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return asProblem(err).answer()
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}
}

// list makes the pages itself: the generated pagers are shared by all who list the same object at a time.
func (v *vault) list(ctx context.Context, req *http.Request, c call) *answer {
	var page any
	var err error
	if c.collection == "keys" {
		page, err = v.keyVersions(ctx, req, c.name)
	} else {
		page, err = v.secretVersions(ctx, req, c.name)
	}
	if err != nil {
		return asProblem(err).answer()
	}
	return jsonAnswer(http.StatusOK, page)
}

func (v *vault) keyVersions(ctx context.Context, req *http.Request, name string) (json.Marshaler, error) {
	versions, err := v.keys.versions(name)
	if err != nil {
		return nil, err
	}
	from, next := v.page(ctx, req, len(versions))
	result := azkeys.KeyPropertiesListResult{NextLink: next, Value: []*azkeys.KeyProperties{}}
	for _, found := range versions[from:min(from+v.pageSize, len(versions))] {
		id := azkeys.ID(objectURL(ctx, "keys", name, found.id))
		result.Value = append(result.Value, &azkeys.KeyProperties{KID: &id, Attributes: keyAttributes(found.attributes), Tags: found.tags})
	}
	return result, nil
}

func (v *vault) secretVersions(ctx context.Context, req *http.Request, name string) (json.Marshaler, error) {
	versions, err := v.secrets.versions(name)
	if err != nil {
		return nil, err
	}
	from, next := v.page(ctx, req, len(versions))
	result := azsecrets.SecretPropertiesListResult{NextLink: next, Value: []*azsecrets.SecretProperties{}}
	for _, found := range versions[from:min(from+v.pageSize, len(versions))] {
		id := azsecrets.ID(objectURL(ctx, "secrets", name, found.id))
		result.Value = append(result.Value, &azsecrets.SecretProperties{
			ID: &id, Attributes: secretAttributes(found.attributes), ContentType: found.value.contentType, Tags: found.tags,
		})
	}
	return result, nil
}

// page is where the asked page begins, and the link to the one after it.
func (v *vault) page(ctx context.Context, req *http.Request, total int) (int, *string) {
	query := req.URL.Query()
	from, err := strconv.Atoi(query.Get("$skiptoken"))
	if err != nil || from < 0 || from > total {
		from = 0
	}
	if from+v.pageSize >= total {
		return from, nil
	}
	query.Set("$skiptoken", strconv.Itoa(from+v.pageSize))
	link := fmt.Sprintf("https://%s%s?%s", hostOf(ctx), req.URL.Path, query.Encode())
	return from, &link
}
