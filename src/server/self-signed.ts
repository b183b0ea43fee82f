import { generateKeyPairSync } from 'node:crypto';
import {
  basicConstraintsExtension,
  encodeExtension,
  subjectKeyIdExtension,
  usageExtensions,
} from '../x509/build-extensions.ts';
import { encodeName } from '../x509/encode-name.ts';
import { extensionOids } from '../x509/extensions.ts';
import { signCertificate } from '../x509/issue.ts';
import { sanExtensionOf } from '../x509/leaf-csr.ts';
import { publicHalf } from '../x509/private-key.ts';
import { signerOf } from '../x509/sign-with-key.ts';
import { encodeAlgorithm } from '../x509/signature-algorithm.ts';
import { resolveUsages } from '../x509/usages.ts';

/** A certificate and its private key, PEM. */
export interface ServingPair {
  readonly cert: string;
  readonly key: string;
}

const yearMs = 365 * 86_400_000;
const hourMs = 3_600_000;

/**
 * Makes a certificate that its own key has signed, for a server that has none: it encrypts, and proves nothing.
 * @param now milliseconds since the epoch; it is valid for a year, longer than a process lives.
 */
export async function selfSignedPair(now: number): Promise<ServingPair> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = publicHalf(privateKey);
  if (!key.ok) throw new Error(key.error);
  const name = encodeName({ commonName: 'external-issuer metrics' });
  const names = sanExtensionOf({ dns: ['localhost'], ip: ['127.0.0.1'], uri: [], email: [] }, false);
  const { usages } = resolveUsages(['digital signature', 'server auth']);
  const certificate = await signCertificate(
    {
      algorithm: encodeAlgorithm('ES256'),
      issuer: name,
      subject: name,
      spki: key.value.spki,
      extensions: [
        ...usageExtensions(usages),
        basicConstraintsExtension(false),
        subjectKeyIdExtension(key.value.keyId),
        ...(names === undefined ? [] : [encodeExtension(extensionOids.subjectAltName, false, names.value)]),
      ],
      notBefore: now - hourMs,
      notAfter: now + yearMs,
    },
    signerOf(privateKey, 'ES256'),
  );
  if (!certificate.ok) return certificate.error;
  return { cert: certificate.value.pem, key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
}
