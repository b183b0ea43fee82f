package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"slices"
	"time"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
)

// algorithm of RFC 7518, section 3; curve is empty for RSA.
type algorithm struct {
	hash  crypto.Hash
	curve azkeys.CurveName
	pss   bool
}

func algorithms() map[azkeys.SignatureAlgorithm]algorithm {
	return map[azkeys.SignatureAlgorithm]algorithm{
		azkeys.SignatureAlgorithmRS256: {hash: crypto.SHA256},
		azkeys.SignatureAlgorithmRS384: {hash: crypto.SHA384},
		azkeys.SignatureAlgorithmRS512: {hash: crypto.SHA512},
		azkeys.SignatureAlgorithmPS256: {hash: crypto.SHA256, pss: true},
		azkeys.SignatureAlgorithmPS384: {hash: crypto.SHA384, pss: true},
		azkeys.SignatureAlgorithmPS512: {hash: crypto.SHA512, pss: true},
		azkeys.SignatureAlgorithmES256: {hash: crypto.SHA256, curve: azkeys.CurveNameP256},
		azkeys.SignatureAlgorithmES384: {hash: crypto.SHA384, curve: azkeys.CurveNameP384},
		azkeys.SignatureAlgorithmES512: {hash: crypto.SHA512, curve: azkeys.CurveNameP521},
	}
}

func (s *keyService) sign(ctx context.Context, name, id string, p azkeys.SignParameters, _ *azkeys.SignOptions) (azfake.Responder[azkeys.SignResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	found, err := s.keys.get(name, id)
	if err == nil {
		err = mayUse(found, "sign", azkeys.KeyOperationSign, time.Now())
	}
	if err != nil {
		return respond(0, azkeys.SignResponse{}, err)
	}
	url := objectURL(ctx, "keys", name, found.id)
	signature, err := signDigest(found.value.private, url, p)
	result := azkeys.KeyOperationResult{KID: to.Ptr(azkeys.ID(url)), Result: signature}
	return respond(http.StatusOK, azkeys.SignResponse{KeyOperationResult: result}, err)
}

// mayUse is whether the attributes of a key and its key_ops allow a cryptographic operation.
func mayUse(v version[key], what string, operation azkeys.KeyOperation, now time.Time) error {
	a := v.attributes
	switch {
	case !a.enabled:
		return forbidden("KeyDisabled", "Operation %s is not allowed on a disabled key.", what)
	case a.notBefore != nil && now.Before(*a.notBefore):
		return forbidden("KeyNotYetValid", "Operation %s is not allowed on a key that is not yet valid.", what)
	case a.expires != nil && !now.Before(*a.expires):
		return forbidden("KeyExpired", "Operation %s is not allowed on an expired key.", what)
	case !slices.ContainsFunc(v.value.operations, func(o *azkeys.KeyOperation) bool { return o != nil && *o == operation }):
		return forbidden("KeyOperationForbidden", "Operation %s is not permitted on this key.", what)
	}
	return nil
}

// signDigest signs as JOSE has it: for EC r and s, each as long as the curve's order.
func signDigest(private crypto.Signer, url string, p azkeys.SignParameters) ([]byte, error) {
	if p.Algorithm == nil {
		return nil, badParameter("Property alg is required")
	}
	chosen, ok := algorithms()[*p.Algorithm]
	if !ok {
		return nil, badParameter("Property alg has an invalid value: %s", *p.Algorithm)
	}
	if err := fits(private, url, *p.Algorithm, chosen); err != nil {
		return nil, err
	}
	if len(p.Value) != chosen.hash.Size() {
		return nil, badParameter("Invalid length of 'value': %d bytes. %s requires %d bytes, encoded with base64url.",
			len(p.Value), *p.Algorithm, chosen.hash.Size())
	}
	if ec, ok := private.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, ec, p.Value)
		if err != nil {
			return nil, err
		}
		size := (ec.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
	}
	if chosen.pss {
		return private.Sign(rand.Reader, p.Value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: chosen.hash})
	}
	return private.Sign(rand.Reader, p.Value, chosen.hash)
}

func fits(private crypto.Signer, url string, name azkeys.SignatureAlgorithm, chosen algorithm) error {
	const incompatible = "Key and signing algorithm are incompatible. Key "
	ec, isEC := private.(*ecdsa.PrivateKey)
	switch {
	case isEC && chosen.curve == "":
		return badParameter(incompatible+"%s has type 'EC', and algorithm '%s' can only be used with key type 'RSA'.", url, name)
	case !isEC && chosen.curve != "":
		return badParameter(incompatible+"%s has type 'RSA', and algorithm '%s' can only be used with key type 'EC'.", url, name)
	case isEC && curveName(ec.Curve) != chosen.curve:
		return badParameter(incompatible+"%s uses curve '%s', and algorithm '%s' can only be used with curve '%s'.",
			url, curveName(ec.Curve), name, chosen.curve)
	}
	return nil
}
