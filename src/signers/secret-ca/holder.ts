import { err, ok, type Result } from '../../lib/result.ts';
import { normaliseChain } from '../../x509/chain.ts';
import { publicHalf, readPrivateKey } from '../../x509/private-key.ts';
import type { PublicKey } from '../../x509/public-key.ts';
import { signerOf } from '../../x509/sign-with-key.ts';
import { algorithmsFor } from '../../x509/signature-algorithm.ts';
import { type CaSecret, certificateKey, findCaSecret, privateKeyKey, textOf } from '../ca/ca-secret.ts';
import type { CaHolder, CaKey } from '../ca/contract.ts';
import type { ReferencedData } from '../signer.ts';

/** Where cert-manager puts the root of what it issued. */
const rootKey = 'ca.crt';

/**
 * A CA whose certificate (tls.crt, and those above it) and private key (tls.key) are in a Secret. Certificates in ca.crt complete
 * the chain where they belong to it: cert-manager keeps the root of an intermediate CA there, and not in tls.crt.
 * @param chosenKey `authSecretRef.key`.
 * @returns an error that names the Secret and the key in it.
 */
export function secretCaHolder(secret: ReferencedData, chosenKey: string | undefined): Result<CaHolder, string> {
  const { where } = secret;
  const found = findCaSecret(secret, chosenKey);
  if (!found.ok) return found;
  const key = readKey(found.value, `key ${privateKeyKey} of ${where}`);
  if (!key.ok) return err(`${where}, key ${privateKeyKey}: ${key.error}`);
  const certificatePem = withRoot(found.value, secret.data.get(rootKey), key.value.publicKey);
  const held = { certificatePem, where: `key ${certificateKey} of ${where}`, key: key.value, warnings: [] };
  return ok({ load: () => Promise.resolve(ok(held)), close: () => Promise.resolve() });
}

function readKey({ keyPem }: CaSecret, id: string): Result<CaKey, string> {
  const privateKey = readPrivateKey(keyPem);
  if (!privateKey.ok) return privateKey;
  const publicKey = publicHalf(privateKey.value);
  if (!publicKey.ok) return err(`it is ${publicKey.error}`);
  return ok({
    id,
    publicKey: publicKey.value,
    algorithms: algorithmsFor(publicKey.value.keyType),
    sign: async (algorithm, tbs) => await signerOf(privateKey.value, algorithm)(tbs),
  });
}

/** A ca.crt that is another CA's, or cannot be read, changes nothing: nobody need have put it there for this. */
function withRoot({ certificatePem }: CaSecret, root: Uint8Array | undefined, { publicKey }: PublicKey): string {
  if (root === undefined) return certificatePem;
  const chain = normaliseChain(certificatePem, { publicKey, keyOwner: 'the CA', caPem: textOf(root) });
  return chain.ok ? `${certificatePem}\n${chain.value.caPem}` : certificatePem;
}
