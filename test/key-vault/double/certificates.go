package main

import (
	"context"
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"time"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	cfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
)

// A certificate's key and its PEM are a key and a secret of the same name.
type certificate struct {
	der        []byte
	keyVersion string
}

type certificateService struct {
	certificates *collection[certificate]
	keys         *collection[key]
	secrets      *collection[secret]
}

func (s *certificateService) server() *cfake.Server {
	return &cfake.Server{GetCertificate: s.get, ImportCertificate: s.importPEM}
}

func (s *certificateService) get(ctx context.Context, name, id string, _ *azcertificates.GetCertificateOptions) (azfake.Responder[azcertificates.GetCertificateResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	found, err := s.certificates.get(name, id)
	return respond(http.StatusOK, azcertificates.GetCertificateResponse{Certificate: certificateBundle(ctx, name, found)}, err)
}

// importPEM takes PEM, the leaf first. Without a private key in it the key's version of the same name that holds the public key
// becomes the certificate's: what a merge into a pending certificate comes to.
func (s *certificateService) importPEM(ctx context.Context, name string, p azcertificates.ImportCertificateParameters, _ *azcertificates.ImportCertificateOptions) (azfake.Responder[azcertificates.ImportCertificateResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	made, err := s.add(name, p)
	return respond(http.StatusOK, azcertificates.ImportCertificateResponse{Certificate: certificateBundle(ctx, name, made)}, err)
}

func (s *certificateService) add(name string, p azcertificates.ImportCertificateParameters) (version[certificate], error) {
	text := ""
	if p.Base64EncodedCertificate != nil {
		text = *p.Base64EncodedCertificate
	}
	leaf, private, err := readPEM(text)
	if err != nil {
		return version[certificate]{}, err
	}
	made := version[certificate]{id: newVersionID(), tags: p.Tags, attributes: newAttributes()}
	made.attributes.set(nil, &leaf.NotBefore, &leaf.NotAfter)
	made.value = certificate{der: leaf.Raw, keyVersion: made.id}
	if given := p.CertificateAttributes; given != nil {
		made.attributes.set(given.Enabled, nil, nil)
	}
	if private == nil {
		made.value.keyVersion, err = s.versionOfKey(name, leaf.PublicKey)
	} else {
		_, err = s.keys.add(name, keyOfCertificate(made.id, private))
	}
	if err != nil {
		return made, err
	}
	held := secret{value: text, contentType: to.Ptr("application/x-pem-file"), managed: true}
	if _, err := s.secrets.add(name, version[secret]{id: made.id, attributes: made.attributes, value: held}); err != nil {
		return made, err
	}
	return s.certificates.add(name, made)
}

func keyOfCertificate(id string, private crypto.Signer) version[key] {
	kind := azkeys.KeyTypeEC
	if _, ok := private.Public().(interface{ Size() int }); ok { // Only RSA has it.
		kind = azkeys.KeyTypeRSA
	}
	operations := []*azkeys.KeyOperation{to.Ptr(azkeys.KeyOperationSign), to.Ptr(azkeys.KeyOperationVerify)}
	return version[key]{
		id: id, attributes: newAttributes(), value: key{kind: kind, private: private, operations: operations, managed: true},
	}
}

func (s *certificateService) versionOfKey(name string, public crypto.PublicKey) (string, error) {
	versions, err := s.keys.versions(name)
	if err != nil {
		return "", badParameter("The PEM holds no private key, and there is no key %s", name)
	}
	for _, v := range versions {
		if own, ok := v.value.private.Public().(interface{ Equal(crypto.PublicKey) bool }); ok && own.Equal(public) {
			return v.id, nil
		}
	}
	return "", badParameter("The PEM holds no private key, and no version of the key %s has the certificate's public key", name)
}

func readPEM(text string) (*x509.Certificate, crypto.Signer, error) {
	var leaf *x509.Certificate
	var private crypto.Signer
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE" && leaf == nil:
			parsed, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, badParameter("The certificate cannot be read: %s", err)
			}
			leaf = parsed
		case block.Type == "PRIVATE KEY":
			parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, nil, badParameter("The private key cannot be read: %s", err)
			}
			private, _ = parsed.(crypto.Signer)
		}
	}
	if leaf == nil {
		return nil, nil, badParameter("The double imports PEM with a certificate only, and there is none")
	}
	return leaf, private, nil
}

func certificateBundle(ctx context.Context, name string, v version[certificate]) azcertificates.Certificate {
	thumbprint := sha1.Sum(v.value.der)
	a := v.attributes
	id := func(collection, version string) *azcertificates.ID {
		return to.Ptr(azcertificates.ID(objectURL(ctx, collection, name, version)))
	}
	at := func(t time.Time) *time.Time { return &t }
	return azcertificates.Certificate{
		ID: id("certificates", v.id), KID: id("keys", v.value.keyVersion), SID: id("secrets", v.id),
		CER: v.value.der, X509Thumbprint: thumbprint[:], Tags: v.tags,
		Attributes: &azcertificates.CertificateAttributes{
			Enabled: &a.enabled, NotBefore: a.notBefore, Expires: a.expires, Created: at(a.created), Updated: at(a.updated),
			RecoverableDays: to.Ptr(recoverableDays), RecoveryLevel: to.Ptr(recoveryLevel),
		},
		Policy: &azcertificates.CertificatePolicy{
			ID:               to.Ptr(azcertificates.ID(objectURL(ctx, "certificates", name, "policy"))),
			IssuerParameters: &azcertificates.IssuerParameters{Name: to.Ptr("Unknown")},
			SecretProperties: &azcertificates.SecretProperties{ContentType: to.Ptr("application/x-pem-file")},
		},
	}
}
