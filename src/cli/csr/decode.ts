import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isCaAnnotation } from '../../api/signing-request.ts';
import { unreadPart } from '../../issuing/policy/unread-parts.ts';
import { wantedDuration } from '../../issuing/request-kinds/signing-request.ts';
import { readSignerName } from '../../issuing/signer-name.ts';
import { parseCsr, type Csr } from '../../x509/csr.ts';
import { attributeValues, formatName } from '../../x509/name.ts';
import type { KeyType } from '../../x509/public-key.ts';
import { certificateFacts, readChain, sanTexts, type CertificateFacts } from './get-facts.ts';
import { signingRequestState, type SigningRequestState } from './wait-state.ts';

/** A CertificateSigningRequest with its CSR read. Texts of the object are as they were written: not safe for a terminal. */
export interface DecodedRequest {
  readonly name: string;
  readonly state: SigningRequestState;
  readonly signerName: string;
  /** Whether one of this project's issuers is asked, and which. */
  readonly issuer?: ReturnType<typeof readSignerName>;
  readonly requester: string;
  readonly groups: readonly string[];
  readonly usages: readonly string[];
  /** Seconds that the signer will go by; absent: the signer decides. */
  readonly wantedSeconds?: number;
  /** What is wrong with what is written of the duration. */
  readonly durationProblem?: string;
  readonly isCA: boolean;
  /** Milliseconds. */
  readonly ageMs: number;
  readonly csr: DecodedCsr | { readonly problem: string };
  /** Where it is issued and can be read. */
  readonly certificate?: CertificateFacts;
}

/** What is in a CSR whose signature is right; texts are safe for a terminal. */
export interface DecodedCsr {
  /** RFC 4514; '' for the empty name. */
  readonly subject: string;
  /** As they are in the CSR: not safe for a terminal. Of several the API server takes the last one as the user. */
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  /** `DNS:a.example`. */
  readonly sans: readonly string[];
  readonly dnsNames: readonly string[];
  /** `ECDSA P-256`. */
  readonly key: string;
  readonly keyType: KeyType;
  readonly asksForCA: boolean;
  readonly hasOtherNames: boolean;
  /** What in it is not shown here, and a CA may obey all the same: `attribute 1.3.6.1.4.1.311.2.1.14`. */
  readonly unread?: string;
}

/** Reads a request; never throws, whatever is in it. @param now milliseconds since the epoch. */
export function decodeRequest(object: CertificateSigningRequest, now: number): DecodedRequest {
  const { metadata, spec } = object;
  const issuer = readSignerName(spec.signerName);
  const state = signingRequestState(object);
  const chain = state.state === 'issued' ? readChain(state.pem) : undefined;
  return {
    name: metadata.name,
    state,
    signerName: spec.signerName,
    ...(issuer === undefined ? {} : { issuer }),
    requester: spec.username ?? '',
    groups: spec.groups ?? [],
    usages: spec.usages ?? [],
    ...durationOf(object),
    isCA: metadata.annotations?.[isCaAnnotation] === 'true',
    ageMs: Math.max(0, now - (Date.parse(metadata.creationTimestamp ?? '') || now)),
    csr: decodeCsr(spec.request),
    ...(chain?.ok === true ? { certificate: certificateFacts(chain.value[0]) } : {}),
  };
}

/** As the controller reads it, where one of our issuers signs; the others do not know the annotation. */
function durationOf(object: CertificateSigningRequest): Pick<DecodedRequest, 'durationProblem' | 'wantedSeconds'> {
  const { signerName, expirationSeconds } = object.spec;
  if (readSignerName(signerName) === undefined) {
    return expirationSeconds === undefined ? {} : { wantedSeconds: expirationSeconds };
  }
  const wanted = wantedDuration(object);
  return wanted.ok ? { wantedSeconds: wanted.value } : { durationProblem: wanted.error };
}

function decodeCsr(request: string): DecodedRequest['csr'] {
  const csr = parseCsr(Buffer.from(request, 'base64'));
  return csr.ok ? describeCsr(csr.value) : { problem: csr.error.message };
}

function describeCsr({ subject, sans, keyType, requested, der }: Csr): DecodedCsr {
  const unread = unreadPart(der);
  return {
    subject: formatName(subject),
    commonNames: attributeValues(subject, 'CN'),
    organizations: attributeValues(subject, 'O'),
    sans: sanTexts(sans),
    dnsNames: sans.dns,
    key: keyWords(keyType),
    keyType,
    asksForCA: requested.basicConstraints?.cA === true || requested.nameConstraints !== undefined,
    hasOtherNames: sans.otherName.length > 0 || sans.unsupported.length > 0,
    ...(unread === undefined ? {} : { unread }),
  };
}

/** A kind of key in words: `RSA 2048 bits`, `ECDSA P-256`, `Ed25519`. */
function keyWords(key: KeyType): string {
  if (key.kind === 'rsa') return `RSA ${key.bits} bits`;
  return key.kind === 'ec' ? `ECDSA ${key.curve}` : 'Ed25519';
}
