import type { IssuerCase } from './issuer-cases.ts';

type Fields = Readonly<Record<string, unknown>>;

const vault = { vaultUrl: 'https://team-pki.vault.azure.net', keyName: 'issuing-ca' };
const ids = { tenantId: '00000000-0000-0000-0000-000000000001', clientId: 'ABCDEF00-0000-0000-0000-000000000002' };
const version = '0123456789abcdef0123456789abcdef';
const secret = { authSecretRef: { name: 'a' } };
const serviceAccountRef = { name: 'team-a-pki' };

function taken(what: string, spec: Fields): IssuerCase {
  return { what, spec };
}

/** An issuer that the API server refuses, with that message about that field. */
function refused(what: string, spec: Fields, path: string, message: string): IssuerCase {
  const escape = (text: string): string => text.replaceAll(/[.[\]()\\/|?*+^$]/g, String.raw`\$&`);
  return { what, spec, refusal: new RegExp(`${escape(path)}: [^]*${escape(message)}`) };
}

const keyVault = (fields: Fields = {}, spec: Fields = {}): Fields => ({
  signerType: 'keyvault',
  keyVault: { ...vault, ...fields },
  ...spec,
});
const withAuth = (auth: Fields, spec: Fields = {}): Fields => keyVault({ auth }, spec);
const secretCa = (block: Fields | undefined, spec: Fields = secret): Fields => ({
  signerType: 'secretca',
  ...(block === undefined ? {} : { secretCa: block }),
  ...spec,
});

const keyVaultCases: readonly IssuerCase[] = [
  taken('a vault and a key', keyVault()),
  taken('a vault in a ConfigMap', { signerType: 'keyvault', configMapRef: { name: 'vault' } }),
  taken(
    'a vault with every field',
    keyVault({
      vaultUrl: 'https://hsm.managedhsm.usgovcloudapi.net:443/',
      keyVersion: version,
      signatureAlgorithm: 'PS512',
      caCertificate: { vaultSecret: { name: 'ca-chain', version } },
      ca: { inline: 'PEM' },
      auth: {
        type: 'workloadIdentity',
        ...ids,
        serviceAccountRef: { ...serviceAccountRef, audience: 'api://AzureADTokenExchangeUSGov' },
      },
      cloud: 'usGovernment',
    }),
  ),
  taken('the CA certificate in a certificate of the vault', keyVault({ caCertificate: { vaultCertificate: {} } })),
  taken('the CA certificate in a Secret', keyVault({ caCertificate: { secretRef: { name: 'a' } } })),
  taken('a client secret', withAuth({ type: 'clientSecret', ...ids }, { authSecretRef: { name: 'a', key: 'secret' } })),
  taken('a client certificate', withAuth({ type: 'clientCertificate', ...ids }, { authSecretName: 'a' })),
  taken('the identity of a ServiceAccount', withAuth({ ...ids, serviceAccountRef })),
  taken('an identity of the node', withAuth({ type: 'managedIdentity', clientId: ids.clientId })),

  refused(
    'a vault of which nothing is known',
    { signerType: 'keyvault' },
    'spec.keyVault',
    'needs to know the vault and the key',
  ),
  refused(
    'a vault for another signer',
    { ...keyVault(), signerType: 'mockca' },
    'spec.keyVault',
    'belongs to signerType keyvault',
  ),
  refused('a vault beside a ConfigMap', keyVault({}, { configMapRef: { name: 'a' } }), 'spec.keyVault', 'set only one of them'),
  refused(
    'a vault without an address',
    { signerType: 'keyvault', keyVault: { keyName: 'ca' } },
    'spec.keyVault.vaultUrl',
    'Required',
  ),
  refused('a vault over http', keyVault({ vaultUrl: 'http://team.vault.azure.net' }), 'spec.keyVault.vaultUrl', 'should match'),
  refused(
    'a vault with a path',
    keyVault({ vaultUrl: 'https://team.vault.azure.net/keys' }),
    'spec.keyVault.vaultUrl',
    'should match',
  ),
  refused('a key with a name that no key has', keyVault({ keyName: 'a_b' }), 'spec.keyVault.keyName', 'should match'),
  refused('a version that is none', keyVault({ keyVersion: 'latest' }), 'spec.keyVault.keyVersion', 'should match'),
  refused(
    'an algorithm nobody knows',
    keyVault({ signatureAlgorithm: 'RS1' }),
    'spec.keyVault.signatureAlgorithm',
    'supported values',
  ),
  refused('a cloud nobody knows', keyVault({ cloud: 'moon' }), 'spec.keyVault.cloud', 'supported values'),
  refused(
    'the CA certificate in two places',
    keyVault({ caCertificate: { vaultSecret: {}, inline: 'PEM' } }),
    'spec.keyVault.caCertificate',
    'set exactly one of vaultSecret, vaultCertificate, secretRef, configMapRef, inline',
  ),
  refused('the CA certificate nowhere', keyVault({ caCertificate: {} }), 'spec.keyVault.caCertificate', 'is in one place'),
  refused(
    'a bundle in two places',
    keyVault({ ca: { secretRef: { name: 'a' }, configMapRef: { name: 'a' } } }),
    'spec.keyVault.ca',
    'set exactly one of secretRef, configMapRef, inline',
  ),
  refused(
    'a client secret of nobody',
    withAuth({ type: 'clientSecret' }, secret),
    'spec.keyVault.auth.type',
    'need tenantId and clientId',
  ),
  refused(
    'a client certificate of no tenant',
    withAuth({ type: 'clientCertificate', clientId: ids.clientId }, secret),
    'spec.keyVault.auth.type',
    'need tenantId and clientId',
  ),
  refused(
    'a ServiceAccount that nobody trusts',
    withAuth({ serviceAccountRef }),
    'spec.keyVault.auth.serviceAccountRef',
    'set both',
  ),
  refused(
    'a ServiceAccount beside an identity of the node',
    withAuth({ type: 'managedIdentity', ...ids, serviceAccountRef }),
    'spec.keyVault.auth.serviceAccountRef',
    'serviceAccountRef is for type workloadIdentity',
  ),
  refused(
    'an identity of the node in another tenant',
    withAuth({ type: 'managedIdentity', ...ids }),
    'spec.keyVault.auth.tenantId',
    'remove tenantId',
  ),
  refused('an id that is none', withAuth({ clientId: 'team' }), 'spec.keyVault.auth.clientId', 'should match'),
  refused(
    'a client secret that is nowhere',
    withAuth({ type: 'clientSecret', ...ids }),
    'spec.keyVault',
    'set both, or neither',
  ),
  refused('a Secret that is not used', keyVault({}, secret), 'spec.keyVault', 'set both, or neither'),
  refused(
    'a Secret that is not used, by its short form',
    withAuth({ type: 'managedIdentity' }, { authSecretName: 'a' }),
    'spec.keyVault',
    'set both, or neither',
  ),
];

const secretCaCases: readonly IssuerCase[] = [
  taken('a CA in a Secret', secretCa(undefined)),
  taken('a CA in a Secret by its short form', secretCa({}, { authSecretName: 'a' })),
  taken('a CA in a Secret, configured in a ConfigMap', secretCa(undefined, { ...secret, configMapRef: { name: 'a' } })),
  taken('a CA in a Secret with every field', secretCa({ signatureAlgorithm: 'Ed25519', ca: { configMapRef: { name: 'a' } } })),

  refused('a CA in no Secret', secretCa({}, {}), 'spec.authSecretRef', 'set authSecretRef'),
  refused(
    'a CA in one key of a Secret',
    secretCa(undefined, { authSecretRef: { name: 'a', key: 'ca.pem' } }),
    'spec.authSecretRef.key',
    'remove key',
  ),
  refused(
    'a CA in a Secret for another signer',
    { ...secretCa({}), signerType: 'mockca' },
    'spec.secretCa',
    'belongs to signerType secretca',
  ),
  refused(
    'a CA in a Secret beside a ConfigMap',
    secretCa({}, { ...secret, configRef: { name: 'a' } }),
    'spec.secretCa',
    'set only one of them',
  ),
  refused(
    'a bundle that is empty',
    secretCa({ ca: {} }),
    'spec.secretCa.ca',
    'set exactly one of secretRef, configMapRef, inline',
  ),
];

/** Every rule of the blocks keyVault and secretCa that the API server checks, each broken once, and what stands just beside it. */
export const heldCaIssuerCases: readonly IssuerCase[] = [...keyVaultCases, ...secretCaCases];
