package main

import (
	"context"
	"net/http"
	"time"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	sfake "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets/fake"
)

// As a vault with soft delete and without purge protection says.
const (
	recoverableDays int32 = 90
	recoveryLevel         = "Recoverable+Purgeable"
)

type secret struct {
	value       string
	contentType *string
	managed     bool // By the certificate of the same name.
}

type secretService struct{ secrets *collection[secret] }

func (s *secretService) server() *sfake.Server {
	return &sfake.Server{
		SetSecret: s.set, GetSecret: s.get, UpdateSecretProperties: s.update, DeleteSecret: s.remove,
		GetDeletedSecret: s.getDeleted, PurgeDeletedSecret: s.purge,
	}
}

func (s *secretService) set(ctx context.Context, name string, p azsecrets.SetSecretParameters, _ *azsecrets.SetSecretOptions) (azfake.Responder[azsecrets.SetSecretResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	if p.Value == nil {
		return respond(0, azsecrets.SetSecretResponse{}, badParameter("Property value is required"))
	}
	made := version[secret]{id: newVersionID(), tags: p.Tags, attributes: newAttributes()}
	made.value = secret{value: *p.Value, contentType: p.ContentType}
	setSecretAttributes(&made.attributes, p.SecretAttributes)
	made, err := s.secrets.add(name, made)
	return respond(http.StatusOK, azsecrets.SetSecretResponse{Secret: secretBundle(ctx, name, made)}, err)
}

// get refuses a disabled secret; one that has expired or is not yet valid is answered, as the service documents.
func (s *secretService) get(ctx context.Context, name, id string, _ *azsecrets.GetSecretOptions) (azfake.Responder[azsecrets.GetSecretResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	found, err := s.secrets.get(name, id)
	if err == nil && !found.attributes.enabled {
		err = forbidden("SecretDisabled", "Operation get is not allowed on a disabled secret.")
	}
	return respond(http.StatusOK, azsecrets.GetSecretResponse{Secret: secretBundle(ctx, name, found)}, err)
}

func (s *secretService) update(ctx context.Context, name, id string, p azsecrets.UpdateSecretPropertiesParameters, _ *azsecrets.UpdateSecretPropertiesOptions) (azfake.Responder[azsecrets.UpdateSecretPropertiesResponse], azfake.ErrorResponder) {
	name, id = identity(name, id)
	changed, err := s.secrets.update(name, id, func(v *version[secret]) {
		setSecretAttributes(&v.attributes, p.SecretAttributes)
		if p.ContentType != nil {
			v.value.contentType = p.ContentType
		}
		if p.Tags != nil {
			v.tags = p.Tags
		}
	})
	bundle := secretBundle(ctx, name, changed)
	bundle.Value = nil
	return respond(http.StatusOK, azsecrets.UpdateSecretPropertiesResponse{Secret: bundle}, err)
}

func (s *secretService) remove(ctx context.Context, name string, _ *azsecrets.DeleteSecretOptions) (azfake.Responder[azsecrets.DeleteSecretResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	gone, err := s.secrets.remove(name)
	return respond(http.StatusOK, azsecrets.DeleteSecretResponse{DeletedSecret: deletedSecret(ctx, name, gone)}, err)
}

func (s *secretService) getDeleted(ctx context.Context, name string, _ *azsecrets.GetDeletedSecretOptions) (azfake.Responder[azsecrets.GetDeletedSecretResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	gone, err := s.secrets.getDeleted(name)
	return respond(http.StatusOK, azsecrets.GetDeletedSecretResponse{DeletedSecret: deletedSecret(ctx, name, gone)}, err)
}

func (s *secretService) purge(_ context.Context, name string, _ *azsecrets.PurgeDeletedSecretOptions) (azfake.Responder[azsecrets.PurgeDeletedSecretResponse], azfake.ErrorResponder) {
	name, _ = identity(name, "")
	return respond(http.StatusNoContent, azsecrets.PurgeDeletedSecretResponse{}, s.secrets.purge(name))
}

func setSecretAttributes(a *attributes, given *azsecrets.SecretAttributes) {
	if given != nil {
		a.set(given.Enabled, given.NotBefore, given.Expires)
	}
}

func secretAttributes(a attributes) *azsecrets.SecretAttributes {
	return &azsecrets.SecretAttributes{
		Enabled: &a.enabled, NotBefore: a.notBefore, Expires: a.expires, Created: &a.created, Updated: &a.updated,
		RecoverableDays: to.Ptr(recoverableDays), RecoveryLevel: to.Ptr(recoveryLevel),
	}
}

func secretBundle(ctx context.Context, name string, v version[secret]) azsecrets.Secret {
	id := azsecrets.ID(objectURL(ctx, "secrets", name, v.id))
	bundle := azsecrets.Secret{
		ID: &id, Value: &v.value.value, ContentType: v.value.contentType, Attributes: secretAttributes(v.attributes), Tags: v.tags,
	}
	if v.value.managed {
		bundle.Managed = &v.value.managed
		bundle.KID = to.Ptr(azsecrets.ID(objectURL(ctx, "keys", name, v.id)))
	}
	return bundle
}

func deletedSecret(ctx context.Context, name string, v version[secret]) azsecrets.DeletedSecret {
	now := time.Now()
	id := azsecrets.ID(objectURL(ctx, "secrets", name, v.id))
	return azsecrets.DeletedSecret{
		ID: &id, Attributes: secretAttributes(v.attributes), Tags: v.tags,
		RecoveryID: to.Ptr(objectURL(ctx, "deletedsecrets", name, "")), DeletedDate: &now,
		ScheduledPurgeDate: to.Ptr(now.AddDate(0, 0, int(recoverableDays))),
	}
}
