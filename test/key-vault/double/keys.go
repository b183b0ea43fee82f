package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	kfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys/fake"
)

// key is what a version of a key holds; one of an HSM differs in its kind only.
type key struct {
	kind       azkeys.KeyType
	private    crypto.Signer
	operations []*azkeys.KeyOperation
	managed    bool // By the certificate of the same name.
}

type keyService struct{ keys *collection[key] }

func (s *keyService) server() *kfake.Server {
	return &kfake.Server{
		CreateKey: s.create, GetKey: s.get, UpdateKey: s.update, DeleteKey: s.remove, Sign: s.sign,
		GetDeletedKey: s.getDeleted, PurgeDeletedKey: s.purge,
	}
}

// respond is what all handlers of the generated servers return.
func respond[T any](status int, value T, err error) (ok azfake.Responder[T], failed azfake.ErrorResponder) {
	if err != nil {
		failed.SetError(err)
	} else {
		ok.SetResponse(status, value, nil)
	}
	return ok, failed
}

func curves() map[azkeys.CurveName]elliptic.Curve {
	return map[azkeys.CurveName]elliptic.Curve{
		azkeys.CurveNameP256: elliptic.P256(), azkeys.CurveNameP384: elliptic.P384(), azkeys.CurveNameP521: elliptic.P521(),
	}
}

func curveName(curve elliptic.Curve) azkeys.CurveName { return azkeys.CurveName(curve.Params().Name) }

func generate(p azkeys.CreateKeyParameters) (crypto.Signer, error) {
	if p.Kty == nil {
		return nil, badParameter("Property kty is required")
	}
	switch *p.Kty {
	case azkeys.KeyTypeRSA, azkeys.KeyTypeRSAHSM:
		size := int32(2048)
		if p.KeySize != nil {
			size = *p.KeySize
		}
		if !slices.Contains([]int32{2048, 3072, 4096}, size) {
			return nil, badParameter("Unsupported key size (%d). Supported sizes are [2048, 3072, 4096]", size)
		}
		return rsa.GenerateKey(rand.Reader, int(size))
	case azkeys.KeyTypeEC, azkeys.KeyTypeECHSM:
		name := azkeys.CurveNameP256
		if p.Curve != nil {
			name = *p.Curve
		}
		curve, ok := curves()[name]
		if !ok {
			return nil, badParameter("Property crv has an invalid value: %s; the double makes P-256, P-384 and P-521", name)
		}
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	return nil, badParameter("Property kty has an invalid value: %s; the double makes RSA, RSA-HSM, EC and EC-HSM", *p.Kty)
}

func (s *keyService) create(ctx context.Context, name string, p azkeys.CreateKeyParameters, _ *azkeys.CreateKeyOptions) (azfake.Responder[azkeys.CreateKeyResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	private, err := generate(p)
	if err != nil {
		return respond(0, azkeys.CreateKeyResponse{}, err)
	}
	operations := p.KeyOps
	if operations == nil {
		operations = []*azkeys.KeyOperation{to.Ptr(azkeys.KeyOperationSign), to.Ptr(azkeys.KeyOperationVerify)}
	}
	made := version[key]{id: newVersionID(), tags: p.Tags, attributes: newAttributes()}
	made.value = key{kind: *p.Kty, private: private, operations: operations}
	setKeyAttributes(&made.attributes, p.KeyAttributes)
	made, err = s.keys.add(name, made)
	return respond(http.StatusOK, azkeys.CreateKeyResponse{KeyBundle: keyBundle(ctx, name, made)}, err)
}

func (s *keyService) get(ctx context.Context, name, id string, _ *azkeys.GetKeyOptions) (azfake.Responder[azkeys.GetKeyResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	found, err := s.keys.get(name, id)
	return respond(http.StatusOK, azkeys.GetKeyResponse{KeyBundle: keyBundle(ctx, name, found)}, err)
}

func (s *keyService) update(ctx context.Context, name, id string, p azkeys.UpdateKeyParameters, _ *azkeys.UpdateKeyOptions) (azfake.Responder[azkeys.UpdateKeyResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	changed, err := s.keys.update(name, id, func(v *version[key]) {
		setKeyAttributes(&v.attributes, p.KeyAttributes)
		if p.KeyOps != nil {
			v.value.operations = p.KeyOps
		}
		if p.Tags != nil {
			v.tags = p.Tags
		}
	})
	return respond(http.StatusOK, azkeys.UpdateKeyResponse{KeyBundle: keyBundle(ctx, name, changed)}, err)
}

func (s *keyService) remove(ctx context.Context, name string, _ *azkeys.DeleteKeyOptions) (azfake.Responder[azkeys.DeleteKeyResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	gone, err := s.keys.remove(name)
	return respond(http.StatusOK, azkeys.DeleteKeyResponse{DeletedKey: deletedKey(ctx, name, gone)}, err)
}

func (s *keyService) getDeleted(ctx context.Context, name string, _ *azkeys.GetDeletedKeyOptions) (azfake.Responder[azkeys.GetDeletedKeyResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	gone, err := s.keys.getDeleted(name)
	return respond(http.StatusOK, azkeys.GetDeletedKeyResponse{DeletedKey: deletedKey(ctx, name, gone)}, err)
}

func (s *keyService) purge(_ context.Context, name string, _ *azkeys.PurgeDeletedKeyOptions) (azfake.Responder[azkeys.PurgeDeletedKeyResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	return respond(http.StatusNoContent, azkeys.PurgeDeletedKeyResponse{}, s.keys.purge(name))
}

func newAttributes() attributes {
	now := time.Now()
	return attributes{enabled: true, created: now, updated: now}
}

func setKeyAttributes(a *attributes, given *azkeys.KeyAttributes) {
	if given != nil {
		a.set(given.Enabled, given.NotBefore, given.Expires)
	}
}

func (a *attributes) set(enabled *bool, notBefore, expires *time.Time) {
	if enabled != nil {
		a.enabled = *enabled
	}
	if notBefore != nil {
		a.notBefore = notBefore
	}
	if expires != nil {
		a.expires = expires
	}
}

func keyAttributes(a attributes) *azkeys.KeyAttributes {
	return &azkeys.KeyAttributes{
		Enabled: &a.enabled, NotBefore: a.notBefore, Expires: a.expires, Created: &a.created, Updated: &a.updated,
		RecoverableDays: to.Ptr(recoverableDays), RecoveryLevel: to.Ptr(recoveryLevel),
	}
}

func objectURL(ctx context.Context, collection, name, id string) string {
	return strings.TrimSuffix(fmt.Sprintf("https://%s/%s/%s/%s", hostOf(ctx), collection, name, id), "/")
}

func jsonWebKey(ctx context.Context, name string, v version[key]) *azkeys.JSONWebKey {
	if v.value.private == nil {
		return nil
	}
	id := azkeys.ID(objectURL(ctx, "keys", name, v.id))
	jwk := &azkeys.JSONWebKey{KID: &id, Kty: to.Ptr(v.value.kind), KeyOps: v.value.operations}
	switch public := v.value.private.Public().(type) {
	case *rsa.PublicKey:
		jwk.N, jwk.E = public.N.Bytes(), big.NewInt(int64(public.E)).Bytes()
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		jwk.Crv = to.Ptr(curveName(public.Curve))
		if point, err := public.Bytes(); err == nil { // 04, x, y.
			jwk.X, jwk.Y = point[1:1+size], point[1+size:]
		}
	}
	return jwk
}

func keyBundle(ctx context.Context, name string, v version[key]) azkeys.KeyBundle {
	bundle := azkeys.KeyBundle{Key: jsonWebKey(ctx, name, v), Attributes: keyAttributes(v.attributes), Tags: v.tags}
	if v.value.managed {
		bundle.Managed = &v.value.managed
	}
	return bundle
}

func deletedKey(ctx context.Context, name string, v version[key]) azkeys.DeletedKey {
	now := time.Now()
	return azkeys.DeletedKey{
		Key: jsonWebKey(ctx, name, v), Attributes: keyAttributes(v.attributes), Tags: v.tags,
		RecoveryID: to.Ptr(objectURL(ctx, "deletedkeys", name, "")), DeletedDate: &now,
		ScheduledPurgeDate: to.Ptr(now.AddDate(0, 0, int(recoverableDays))),
	}
}
