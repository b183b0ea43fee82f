import assert from 'node:assert/strict';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseConfigValue } from '../../src/api/config-document.ts';
import { openVault } from '../../src/signers/key-vault/azure/open-vault.ts';
import { createKeyVaultSigner } from '../../src/signers/key-vault/key-vault.ts';
import { type KeyVaultConfig, keyVaultBlock } from '../../src/signers/key-vault/schema.ts';
import type { Vault, VaultKey, VaultKeyParameters, VaultProblem } from '../../src/signers/key-vault/vault.ts';
import type { Signer } from '../../src/signers/signer.ts';
import { createCsr } from '../../src/x509/csr-build.ts';
import { encodeName } from '../../src/x509/encode-name.ts';
import type { SignTbs } from '../../src/x509/issue.ts';
import { createRoot } from '../../src/x509/root.ts';
import type { SignatureAlgorithm } from '../../src/x509/signature-algorithm.ts';
import { type KeyVaultDouble, startKeyVault } from '../key-vault/key-vault.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { issued, testCA } from '../unit/x509/ca-tools.ts';
import { goodCsr } from '../unit/x509/tools.ts';
import { testSignersDeps } from '../unit/support/signers.ts';

export const context = { signal: new AbortController().signal };
const year = 365 * 86_400;

/** A key of the vault and the certificate that was made for it. */
export interface MadeCa {
  readonly key: VaultKey;
  readonly pem: string;
}

/** A double of Key Vault that holds CAs, which are made in it through Azure's SDK too. */
export interface VaultOfCas {
  readonly double: KeyVaultDouble;
  /** Opens an issuer of that block, which logs in with a client secret. */
  open(block: { readonly keyName: string } & Readonly<Record<string, unknown>>): Promise<Signer>;
  /** Makes a version of a key and a root for it; nothing is stored but the key. */
  makeRoot(name: string, parameters: VaultKeyParameters, algorithm?: SignatureAlgorithm): Promise<MadeCa>;
  /** The same below a root that is elsewhere. */
  makeIntermediate(name: string, parameters: VaultKeyParameters): Promise<MadeCa & { readonly rootPem: string }>;
  store(name: string, pem: string): Promise<void>;
  /** No token that was given is taken any more. */
  revokeTokens(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a double; this process believes its certificate from then on. */
export async function startVaultOfCas(): Promise<VaultOfCas> {
  const double = await startKeyVault({ environment: readEnvironment(), stream: process.stderr });
  setDefaultCACertificates([...getCACertificates('default'), double.caPem]);
  const { tenantId, url, identities } = double;
  const env = { AZURE_AUTHORITY_HOST: url };
  const azure = { env, allowAmbient: false, disableChallengeVerification: true, developerLogin: false };
  const deps = testSignersDeps({ azure });
  const { clientId, certificatePem, keyPem } = identities.clientCertificate;
  const identity = { type: 'certificate', tenantId, clientId, pem: certificatePem + keyPem } as const;
  const opened = await openVault({ vaultUrl: url, identity }, deps);
  assert.ok(opened.ok, JSON.stringify(opened));
  const vault: Vault = opened.value;

  async function makeKey(name: string, parameters: VaultKeyParameters): Promise<VaultKey> {
    const key = await vault.createKey(name, parameters, context);
    assert.ok(key.ok, JSON.stringify(key));
    return key.value;
  }

  function signWith(key: VaultKey, algorithm: SignatureAlgorithm): SignTbs<VaultProblem> {
    return async (tbs) => await vault.sign(key, algorithm, tbs, context);
  }

  return {
    double,
    async makeRoot(name, parameters, algorithm = usual(parameters)) {
      const key = await makeKey(name, parameters);
      const subject = encodeName({ commonName: `${name} root` });
      const wish = { subject, key: key.publicKey, algorithm, now: Date.now(), validitySeconds: year };
      const root = await createRoot(wish, signWith(key, algorithm));
      assert.ok(root.ok, JSON.stringify(root));
      return { key, pem: root.value.pem };
    },
    async makeIntermediate(name, parameters) {
      const key = await makeKey(name, parameters);
      const wish = { subject: encodeName({ commonName: `${name} issuing` }), key: key.publicKey };
      const csr = await createCsr(wish, signWith(key, usual(parameters)));
      assert.ok(csr.ok, JSON.stringify(csr));
      const root = await testCA({ commonName: 'Root elsewhere' });
      const made = await issued(root, { csr: goodCsr(csr.value.pem), isCA: true, durationSeconds: year });
      return { key, pem: made.certificatePem, rootPem: root.certificatePem };
    },
    async store(name, pem) {
      const stored = await vault.setSecret(name, pem, context);
      assert.ok(stored.ok, JSON.stringify(stored));
    },
    async revokeTokens() {
      await double.revokeTokens();
      vault.forget();
    },
    async open(block) {
      const { clientId: application, clientSecret } = identities.clientSecret;
      const auth = { type: 'clientSecret', tenantId, clientId: application };
      const config = parseConfigValue(keyVaultBlock, { vaultUrl: url, auth, ...block }, 'the test');
      assert.ok(config.ok, config.ok ? '' : config.error);
      const signer = await createKeyVaultSigner(deps).open({
        config: config.value as KeyVaultConfig,
        issuerUid: 'uid',
        issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
        references: new Map(),
        authSecret: { where: 'Secret "login"', data: new Map([['client-secret', Buffer.from(clientSecret)]]) },
      });
      assert.ok(signer.ok, signer.ok ? '' : signer.error.message);
      return signer.value;
    },
    async close() {
      await vault.close();
      await double.close();
    },
  };
}

function usual(parameters: VaultKeyParameters): SignatureAlgorithm {
  if ('bits' in parameters) return 'RS256';
  return ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const)[parameters.curve];
}
