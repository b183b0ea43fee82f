import type { CertificateRequest } from '../../api/certificate-request.ts';
import { findCondition } from '../../api/conditions.ts';
import { conditionTypes } from '../../api/group.ts';
import type { Secret } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { formatDuration } from '../../lib/duration.ts';
import { parseCsr } from '../../x509/csr.ts';
import { formatName } from '../../x509/name.ts';
import { certificateFacts, readChain, sanTexts } from '../csr/get-facts.ts';
import { signingRequestState } from '../csr/wait-state.ts';
import { type Certificate, nextAttempt } from './certificate.ts';
import type { AboutObject } from './events.ts';
import { reportOn, type ObjectReport, type Seen } from './report.ts';

/** What is said of an object besides itself. */
export interface Besides {
  readonly events: Seen<readonly AboutObject[]>;
}

/** A Certificate: what it asks for, and how long what it has lasts. */
export function describeCertificate(object: Certificate, { events }: Besides): ObjectReport {
  const { spec, status } = object;
  const facts = {
    commonName: spec.commonName,
    subject: spec.literalSubject,
    dnsNames: spec.dnsNames,
    ipAddresses: spec.ipAddresses,
    uris: spec.uris,
    emailAddresses: spec.emailAddresses,
    isCA: spec.isCA === true ? 'true' : undefined,
    usages: spec.usages,
    issuerRef: refText(spec.issuerRef),
    secretName: spec.secretName,
    duration: spec.duration,
    renewBefore: spec.renewBefore ?? (spec.renewBeforePercentage === undefined ? undefined : `${spec.renewBeforePercentage} %`),
    notBefore: status?.notBefore,
    notAfter: status?.notAfter,
    renewalTime: status?.renewalTime,
    lastFailureTime: status?.lastFailureTime,
    failedIssuanceAttempts: status?.failedIssuanceAttempts === undefined ? undefined : String(status.failedIssuanceAttempts),
    nextAttempt: nextAttempt(object),
  };
  return reportOn('Certificate', object, facts, { conditions: status?.conditions, events });
}

/** A Secret with a certificate: what of it may be seen by all. Its key is not looked at. */
export function describeSecret(object: Secret): ObjectReport {
  const text = decode(object.data?.['tls.crt'] ?? '');
  if (text === '') return reportOn('Secret', object, { certificate: 'there is none: no key tls.crt' });
  return reportOn('Secret', object, chainFacts(text));
}

/** A CertificateRequest: what is asked of whom, and when it is tried again. */
export function describeCertificateRequest(object: CertificateRequest, { events }: Besides): ObjectReport {
  const { spec, status } = object;
  const certificate = decode(status?.certificate ?? '');
  const facts = {
    ...csrFacts(spec.request),
    issuerRef: refText(spec.issuerRef),
    requester: spec.username,
    duration: spec.duration,
    isCA: spec.isCA === true ? 'true' : undefined,
    usages: spec.usages,
    approval: approvalOf(object),
    failureTime: status?.failureTime,
    nextTry: nextTry(findCondition(status?.conditions, conditionTypes.ready)?.message),
    ...(certificate === '' ? {} : prefixed(chainFacts(certificate))),
  };
  // The private condition is the controller's: its message is for programs.
  const conditions = status?.conditions?.filter(({ type }) => type !== conditionTypes.signing);
  return reportOn('CertificateRequest', object, facts, { conditions, events });
}

/** A CertificateSigningRequest, likewise. */
export function describeSigningRequest(object: CertificateSigningRequest, { events }: Besides): ObjectReport {
  const { spec, status } = object;
  const state = signingRequestState(object);
  const facts = {
    ...csrFacts(spec.request),
    signerName: spec.signerName,
    requester: spec.username,
    expiration: spec.expirationSeconds === undefined ? undefined : formatDuration(spec.expirationSeconds * 1000),
    usages: spec.usages,
    state: state.state,
    nextTry: events.ok ? nextTry(events.value[0]?.text) : undefined,
    ...(state.state === 'issued' ? prefixed(chainFacts(state.pem)) : {}),
  };
  const conditions = status?.conditions?.filter(({ type }) => type !== conditionTypes.signing);
  return reportOn('CertificateSigningRequest', object, facts, { conditions, events });
}

type Facts = Readonly<Record<string, string | readonly string[]>>;

/** `ExternalIssuer pki of external-issuer.io`. */
function refText({ kind = 'Issuer', name, group = 'cert-manager.io' }: CertificateRequest['spec']['issuerRef']): string {
  return `${kind} ${name} of ${group}`;
}

function approvalOf({ status }: CertificateRequest): string {
  for (const type of [conditionTypes.denied, conditionTypes.approved]) {
    const found = findCondition(status?.conditions, type);
    if (found?.status === 'True') return `${type}: ${found.reason ?? ''}: ${found.message ?? ''}`;
  }
  return 'neither approved nor denied';
}

/** The controller ends what it says of a request that is tried again so. */
function nextTry(message: string | undefined): string | undefined {
  return /Next try at ([0-9TZ:-]{20})\./.exec(message ?? '')?.[1];
}

function csrFacts(request: string): Facts {
  const csr = parseCsr(decode(request));
  if (!csr.ok) return { csr: `cannot be used: ${csr.error.message}` };
  return { subject: formatName(csr.value.subject), names: sanTexts(csr.value.sans) };
}

function chainFacts(pem: string): Facts {
  const chain = readChain(pem);
  if (!chain.ok) return { certificate: `cannot be read: ${chain.error}` };
  const { sans, ...facts } = certificateFacts(chain.value[0]);
  return { ...facts, names: sans };
}

/** What is said of the certificate, beside what is said of the CSR. */
function prefixed({ serial, notBefore, notAfter, certificate }: Facts): Facts {
  return Object.fromEntries(
    Object.entries({ certificate, serial, notBefore, notAfter }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
