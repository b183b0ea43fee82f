import assert from 'node:assert/strict';
import { systemClock } from '../../src/lib/clock.ts';
import { createSecretCaSigner } from '../../src/signers/secret-ca/secret-ca.ts';
import type { SecretCaConfig } from '../../src/signers/secret-ca/schema.ts';
import type { Signer } from '../../src/signers/signer.ts';
import { subCA, testCA } from '../unit/x509/ca-tools.ts';
import { openssl } from '../unit/x509/tools.ts';
import { describeSigner, type SignerSubject } from './signer-conformance.ts';

type CaFiles = Readonly<Record<string, string>>;

/** A root of openssl's making. */
function opensslCa(algorithm: string, ...options: readonly string[]): CaFiles {
  const key = openssl(['genpkey', '-algorithm', algorithm, ...options.flatMap((option) => ['-pkeyopt', option])]);
  const config =
    '[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nO=Example\nCN=Team A CA\n' +
    '[ext]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash';
  const certificate = openssl(['req', '-x509', '-config', 'c', '-extensions', 'ext', '-key', 'k', '-days', '3650'], {
    c: config,
    k: key,
  });
  return { 'tls.crt': certificate, 'tls.key': key };
}

async function open(files: CaFiles, config: SecretCaConfig = {}): Promise<Signer> {
  const opened = await createSecretCaSigner({ clock: systemClock }).open({
    config,
    issuerUid: 'uid',
    issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
    authSecret: {
      where: 'Secret "team-ca" in namespace "team-a"',
      data: new Map(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)])),
    },
    references: new Map(),
  });
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
  return opened.value;
}

const rsa = opensslCa('RSA', 'rsa_keygen_bits:2048');
/** Keys of requesters are all signed by one CA; what differs with the CA's key is the signature. */
const oneKey: SignerSubject['signs'] = { keys: ['ECDSA P-256'] };

describeSigner({ name: 'secretca with RSA', open: () => open(rsa) });
for (const signatureAlgorithm of ['RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const) {
  describeSigner({
    name: `secretca with RSA and ${signatureAlgorithm}`,
    open: () => open(rsa, { signatureAlgorithm }),
    signs: oneKey,
  });
}
for (const curve of ['P-256', 'P-384', 'P-521']) {
  const files = opensslCa('EC', `ec_paramgen_curve:${curve}`);
  describeSigner({ name: `secretca with ECDSA ${curve}`, open: () => open(files), signs: oneKey });
}
const ed25519 = opensslCa('ED25519');
describeSigner({ name: 'secretca with Ed25519', open: () => open(ed25519), signs: oneKey });

const root = await testCA();
const upper = await subCA(root, 'Upper');
const lower = await subCA(upper, 'Lower');
const intermediate = { 'tls.key': lower.exportKeyPem(), 'tls.crt': lower.certificatePem + upper.certificatePem };

describeSigner({ name: 'secretca with an intermediate CA alone', open: () => open(intermediate), signs: oneKey });
describeSigner({
  name: 'secretca with an intermediate CA and its chain, as cert-manager keeps them',
  open: () => open({ ...intermediate, 'ca.crt': root.certificatePem }),
  signs: oneKey,
});
describeSigner({
  name: 'secretca with a bundle of two roots',
  open: () => open(intermediate, { ca: { inline: root.certificatePem + (rsa['tls.crt'] ?? '') } }),
  signs: oneKey,
});
