import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pkiReferences } from '../../../../../src/signers/http-pki/config/references.ts';
import { least, parsePki } from './support/configs.ts';

test('a configuration without references names none', () => {
  assert.deepEqual(pkiReferences(parsePki(least)), []);
});

test('each reference has the field it was written in', () => {
  const config = parsePki({
    ...least,
    auth: { type: 'bearer', secretRef: { name: 'token', key: 't' } },
    tls: { caConfigMapRef: { name: 'roots', namespace: 'pki' }, clientCertSecretRef: { name: 'client' } },
  });
  assert.deepEqual(pkiReferences(config), [
    { id: 'auth', kind: 'Secret', field: 'auth.secretRef', name: 'token' },
    { id: 'tls.ca', kind: 'ConfigMap', field: 'tls.caConfigMapRef', name: 'roots', namespace: 'pki' },
    { id: 'tls.client', kind: 'Secret', field: 'tls.clientCertSecretRef', name: 'client' },
  ]);
  const secret = parsePki({ ...least, tls: { caSecretRef: { name: 'roots' } } });
  assert.deepEqual(pkiReferences(secret), [{ id: 'tls.ca', kind: 'Secret', field: 'tls.caSecretRef', name: 'roots' }]);
});
