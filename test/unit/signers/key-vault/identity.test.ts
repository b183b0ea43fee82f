import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err } from '../../../../src/lib/result.ts';
import type { VaultIdentity } from '../../../../src/signers/key-vault/contract.ts';
import { type IdentityInput, readIdentity } from '../../../../src/signers/key-vault/identity.ts';
import type { RequestServiceAccountToken } from '../../../../src/signers/signer.ts';
import { openssl } from '../../x509/tools.ts';
import { clientId, input, namespaced, secret, tenantId } from './support/input.ts';

const now = Date.now();
const year = 365 * 86_400_000;
const azure = { allowAmbient: false, developerLogin: false };
const application = { tenantId, clientId };
const asSecret = { auth: { type: 'clientSecret', ...application } };
const asCertificate = { auth: { type: 'clientCertificate', ...application } };
const asServiceAccount = { auth: { serviceAccountRef: { name: 'pki' }, ...application } };
const withAudience = {
  auth: { serviceAccountRef: { name: 'pki', audience: 'api://AzureADTokenExchangeChina' }, ...application },
};
const requestToken: RequestServiceAccountToken = () => Promise.resolve(err({ code: 'AuthError', message: 'no' }));

const keyOf = (...options: readonly string[]): string => openssl(['genpkey', ...options]);
const rsa = keyOf('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
const ec = keyOf('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
const certificateOf = (key: string): string =>
  openssl(['req', '-x509', '-key', 'key.pem', '-subj', '/CN=issuer', '-days', '30'], { 'key.pem': key });
const rsaCertificate = certificateOf(rsa);

describe('who asks a vault is', () => {
  const good: readonly (readonly [string, IdentityInput, Partial<typeof azure>, VaultIdentity])[] = [
    ['the controller, for a cluster issuer', input(), {}, { type: 'environment' }],
    ['the controller, with ids of the issuer', input({ auth: application }), {}, { type: 'environment', ...application }],
    ['the controller, where that is allowed', input({}, namespaced), { allowAmbient: true }, { type: 'environment' }],
    ['the node, for a cluster issuer', input({ auth: { type: 'managedIdentity' } }), {}, { type: 'managed' }],
    ['an identity of the node', input({ auth: { type: 'managedIdentity', clientId } }), {}, { type: 'managed', clientId }],
    [
      'a ServiceAccount, for an issuer of a namespace too',
      input(asServiceAccount, { ...namespaced, requestToken }),
      {},
      {
        type: 'serviceAccount',
        ...application,
        token: { request: requestToken, serviceAccount: 'pki' },
      },
    ],
    [
      'a ServiceAccount, with the audience of its federated credential',
      input(withAudience, { ...namespaced, requestToken }),
      {},
      {
        type: 'serviceAccount',
        ...application,
        token: { request: requestToken, serviceAccount: 'pki', audience: 'api://AzureADTokenExchangeChina' },
      },
    ],
    [
      'an application with its secret, trimmed',
      input(asSecret, { ...namespaced, authSecret: secret({ 'client-secret': ' s3cret~.\n' }) }),
      {},
      { type: 'secret', ...application, secret: 's3cret~.' },
    ],
    [
      'an application with the secret under the key that the reference names',
      input(asSecret, { authSecret: secret({ 'client-secret': 'no', azure: 'yes' }), authSecretKey: 'azure' }),
      {},
      { type: 'secret', ...application, secret: 'yes' },
    ],
    [
      'the developer, whatever the issuer says',
      input(asSecret, { ...namespaced }),
      { developerLogin: true },
      { type: 'developer' },
    ],
  ];
  for (const [what, given, options, identity] of good) {
    test(what, () => assert.deepEqual(readIdentity(given, { ...azure, ...options }, now), { ok: true, value: identity }));
  }

  test('an application with its certificate, certificate and key in one text', () => {
    const authSecret = secret({ 'tls.crt': rsaCertificate, 'tls.key': rsa });
    const identity = readIdentity(input(asCertificate, { authSecret }), azure, now);
    assert.ok(identity.ok && identity.value.type === 'certificate');
    const { pem, ...rest } = identity.value;
    assert.deepEqual(rest, { type: 'certificate', ...application });
    assert.match(pem, /^-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----/);
  });
});

describe('nobody asks a vault, and the message says what to do,', () => {
  const bad: readonly (readonly [string, IdentityInput, 'AuthError' | 'ConfigError', RegExp])[] = [
    [
      'where an issuer of a namespace would be the controller',
      input({}, namespaced),
      'ConfigError',
      /^keyVault\.auth\.type: .*cluster issuers only: .*serviceAccountRef with.*ExternalClusterIssuer.*--issuer-ambient-credentials\.$/,
    ],
    [
      'where an issuer of a namespace would be the node',
      input({ auth: { type: 'managedIdentity' } }, namespaced),
      'ConfigError',
      /managedIdentity, the identity of the node, which serves cluster issuers only.*\(and type workloadIdentity\)/,
    ],
    [
      'where there is no cluster for a ServiceAccount',
      input(asServiceAccount),
      'AuthError',
      /^keyVault\.auth\.serviceAccountRef: needs a cluster, .*"pki"/,
    ],
    [
      'where a Secret is named that nobody reads',
      input({}, { authSecret: secret({}) }),
      'ConfigError',
      /^spec\.authSecretRef: keyVault\.auth\.type workloadIdentity reads no Secret; remove it/,
    ],
    ['without the Secret of a client secret', input(asSecret), 'AuthError', /^spec\.authSecretRef: is not set.*client-secret/],
    [
      'without the key of a client secret',
      input(asSecret, { authSecret: secret({ other: 'x' }) }),
      'AuthError',
      /^there is no key client-secret of Secret "login".*spec\.authSecretRef\.key/,
    ],
    [
      'with an empty client secret',
      input(asSecret, { authSecret: secret({ 'client-secret': ' \n' }) }),
      'AuthError',
      /is empty/,
    ],
    [
      'with a client secret that is far too long',
      input(asSecret, { authSecret: secret({ 'client-secret': 'x'.repeat(5000) }) }),
      'AuthError',
      /more than 4096 bytes/,
    ],
    [
      'with a client secret that is none',
      input(asSecret, { authSecret: secret({ 'client-secret': Uint8Array.of(0xff, 0, 1) }) }),
      'AuthError',
      /is no client secret/,
    ],
    [
      'without the Secret of a client certificate',
      input(asCertificate),
      'AuthError',
      /^spec\.authSecretRef: .*tls\.crt.*tls\.key/,
    ],
    [
      'with a key named for a client certificate',
      input(asCertificate, { authSecret: secret({ 'tls.crt': rsaCertificate, 'tls.key': rsa }), authSecretKey: 'tls.crt' }),
      'ConfigError',
      /^spec\.authSecretRef\.key: is "tls\.crt".*remove the field/,
    ],
    [
      'with a client certificate and the key of another',
      input(asCertificate, { authSecret: secret({ 'tls.crt': rsaCertificate, 'tls.key': ec }) }),
      'AuthError',
      /does not belong to the certificate/,
    ],
    [
      'with a client certificate that is not RSA',
      input(asCertificate, { authSecret: secret({ 'tls.crt': certificateOf(ec), 'tls.key': ec }) }),
      'AuthError',
      /no RSA key, and Entra ID takes no other/,
    ],
  ];
  for (const [what, given, code, words] of bad) {
    test(what, () => {
      const identity = readIdentity(given, azure, now);
      assert.ok(!identity.ok);
      assert.equal(identity.error.code, code);
      assert.match(identity.error.message, words);
    });
  }

  test('with a client certificate that has expired', () => {
    const authSecret = secret({ 'tls.crt': rsaCertificate, 'tls.key': rsa });
    const identity = readIdentity(input(asCertificate, { authSecret }), azure, now + year);
    assert.ok(!identity.ok);
    assert.match(identity.error.message, /key tls\.crt of Secret "login".* expired at/);
  });
});
