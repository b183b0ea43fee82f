import assert from 'node:assert/strict';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseConfigValue } from '../../src/api/config-document.ts';
import { openVault } from '../../src/signers/key-vault/azure/open-vault.ts';
import { createKeyVaultSigner } from '../../src/signers/key-vault/key-vault.ts';
import { type KeyVaultConfig, keyVaultBlock } from '../../src/signers/key-vault/schema.ts';
import type { Vault, VaultKey, VaultKeyParameters, VaultProblem } from '../../src/signers/key-vault/vault.ts';
import type { VaultIdentity } from '../../src/signers/key-vault/contract.ts';
import type { Signer, SignerInput } from '../../src/signers/signer.ts';
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

type Fields = Readonly<Record<string, unknown>>;

export const context = { signal: new AbortController().signal };
const year = 365 * 86_400;

/** A key of the vault and the certificate that was made for it. */
export interface MadeCa {
  readonly key: VaultKey;
  readonly pem: string;
}

/** A vault that holds CAs, which are made in it through Azure's SDK too. */
export interface VaultOfCas {
  /** Absent where the vault is a real one. */
  readonly double?: KeyVaultDouble;
  /** Opens an issuer of that block. */
  open(block: { readonly keyName: string } & Fields): Promise<Signer>;
  /** Makes a version of a key and a root for it; nothing is stored but the key. */
  makeRoot(name: string, parameters: VaultKeyParameters, algorithm?: SignatureAlgorithm): Promise<MadeCa>;
  /** The same below a root that is elsewhere. */
  makeIntermediate(name: string, parameters: VaultKeyParameters): Promise<MadeCa & { readonly rootPem: string }>;
  store(name: string, pem: string): Promise<void>;
  close(): Promise<void>;
}

/** The same in a double, whose issuers log in with a client secret. */
export interface DoubleOfCas extends VaultOfCas {
  readonly double: KeyVaultDouble;
  /** No token that was given is taken any more. */
  revokeTokens(): Promise<void>;
}

/** Whose vault it is, and how it is opened. */
export interface VaultAccess {
  readonly url: string;
  readonly deps: ReturnType<typeof testSignersDeps>;
  /** Of the one who makes the CAs. */
  readonly identity: VaultIdentity;
  /** What every issuer has besides its own block. */
  readonly issuer: Pick<SignerInput<unknown>, 'authSecret'> & { readonly block: Fields };
}

/** Starts a double; this process believes its certificate from then on. */
export async function startVaultOfCas(): Promise<DoubleOfCas> {
  const double = await startKeyVault({ environment: readEnvironment(), stream: process.stderr });
  setDefaultCACertificates([...getCACertificates('default'), double.caPem]);
  const { tenantId, url, identities } = double;
  const env = { AZURE_AUTHORITY_HOST: url };
  const azure = { env, allowAmbient: false, disableChallengeVerification: true, developerLogin: false };
  const { clientId, certificatePem, keyPem } = identities.clientCertificate;
  const { clientId: application, clientSecret } = identities.clientSecret;
  const { vault, ...cas } = await openVaultOfCas({
    url,
    deps: testSignersDeps({ azure }),
    identity: { type: 'certificate', tenantId, clientId, pem: certificatePem + keyPem },
    issuer: {
      block: { auth: { type: 'clientSecret', tenantId, clientId: application } },
      authSecret: { where: 'Secret "login"', data: new Map([['client-secret', Buffer.from(clientSecret)]]) },
    },
  });
  return {
    ...cas,
    double,
    async revokeTokens() {
      await double.revokeTokens();
      vault.forget();
    },
    async close() {
      await cas.close();
      await double.close();
    },
  };
}

/** Opens a vault, whoever's it is. */
export async function openVaultOfCas({
  url,
  deps,
  identity,
  issuer,
}: VaultAccess): Promise<VaultOfCas & { readonly vault: Vault }> {
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
    vault,
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
    async open(block) {
      const config = parseConfigValue(keyVaultBlock, { vaultUrl: url, ...issuer.block, ...block }, 'the test');
      assert.ok(config.ok, config.ok ? '' : config.error);
      const { authSecret } = issuer;
      const signer = await createKeyVaultSigner(deps).open({
        config: config.value as KeyVaultConfig,
        issuerUid: 'uid',
        issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
        references: new Map(),
        ...(authSecret === undefined ? {} : { authSecret }),
      });
      assert.ok(signer.ok, signer.ok ? '' : signer.error.message);
      return signer.value;
    },
    close: async () => await vault.close(),
  };
}

function usual(parameters: VaultKeyParameters): SignatureAlgorithm {
  if ('bits' in parameters) return 'RS256';
  return ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const)[parameters.curve];
}
