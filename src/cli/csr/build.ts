import type { KeyObject } from 'node:crypto';
import { apiVersionOf } from '../../kube/resource.ts';
import { certificateSigningRequests } from '../../api/resources.ts';
import { isCaAnnotation, type CertificateSigningRequest } from '../../api/signing-request.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { RawExtension } from '../../x509/extensions.ts';
import { createLeafCsr } from '../../x509/leaf-csr.ts';
import { publicHalf } from '../../x509/private-key.ts';
import { signerOf } from '../../x509/sign-with-key.ts';
import { signatureAlgorithmFor } from '../../x509/signature-algorithm.ts';

/** What a request asks for besides its CSR. */
export interface RequestTerms {
  /** Name of the object. */
  readonly name: string;
  readonly signerName: string;
  readonly usages: readonly string[];
  /** Absent: the signer decides. */
  readonly expirationSeconds?: number;
  readonly isCA?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a new CSR says, and the key that it is for. */
export interface CsrContent {
  /** DER of a Name. */
  readonly subject: Uint8Array;
  readonly sanExtension?: RawExtension;
  readonly privateKey: KeyObject;
}

/** Makes a request with a new CSR. The error is a noun with advice: what kind of key it is, and which to make. */
export async function buildRequest(
  terms: RequestTerms,
  { subject, sanExtension, privateKey }: CsrContent,
): Promise<Result<CertificateSigningRequest, string>> {
  const key = publicHalf(privateKey);
  if (!key.ok) return key;
  const sign = signerOf(privateKey, signatureAlgorithmFor(key.value.keyType));
  const wish = { subject, key: key.value, isCA: terms.isCA === true };
  const csr = await createLeafCsr(sanExtension === undefined ? wish : { ...wish, sanExtension }, sign);
  return csr.ok ? ok(requestOf(terms, csr.value.pem)) : err('a key that cannot sign; make another one');
}

/** The request that carries a CSR, as it is sent and kept in a file. */
export function requestOf(terms: RequestTerms, csrPem: string): CertificateSigningRequest {
  const { name, signerName, usages, expirationSeconds, isCA = false } = terms;
  const annotations = { ...terms.annotations, ...(isCA ? { [isCaAnnotation]: 'true' } : {}) };
  return {
    apiVersion: apiVersionOf(certificateSigningRequests),
    kind: certificateSigningRequests.kind,
    metadata: { name, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      signerName,
      request: Buffer.from(csrPem, 'utf8').toString('base64'),
      usages,
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  };
}
