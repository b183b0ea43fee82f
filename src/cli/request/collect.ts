import { certificateRequests, certificateSigningRequests, secrets } from '../../api/resources.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { issuerWords } from '../../issuing/request-view.ts';
import { readSignerName } from '../../issuing/signer-name.ts';
import { listPages } from '../../kube/pages.ts';
import { oneLine } from '../../lib/one-line.ts';
import { ended } from '../../lib/sentence.ts';
import { group } from '../../api/group.ts';
import { seeIssuer, waitingText } from '../csr/wait-reason.ts';
import { signingRequestState } from '../csr/wait-state.ts';
import { type Certificate, certificates, requestsOf } from './certificate.ts';
import { describeCertificate, describeCertificateRequest, describeSecret, describeSigningRequest } from './describe.ts';
import { newestEvents } from './events.ts';
import { findIssuer } from './issuer.ts';
import { judgeCertificate, judgeCertificateRequest, type JudgeDeps } from './judge.ts';
import { seen, unseen, type ObjectReport, type StatusReport, type Verdict } from './report.ts';

/** Requests of a Certificate that are shown: the newest, and the one before. */
const mostRequests = 2;

/** What there is to say of a Certificate, its Secret, its issuer and its requests. @throws {KubeApiError} where it cannot be read itself. */
export async function certificateStatus(
  key: { readonly namespace: string; readonly name: string },
  deps: JudgeDeps,
  signal: AbortSignal,
): Promise<StatusReport> {
  const { client } = deps;
  const certificate = await client.get(certificates, key, { signal });
  const { issuerRef, secretName } = certificate.spec;
  const [events, issuer, secret, requests] = await Promise.all([
    newestEvents(client, certificate.metadata, signal),
    findIssuer(client, issuerRef, key.namespace, signal),
    secretReport(key.namespace, secretName, deps, signal),
    seen(async () => await ownRequests(certificate, key.namespace, deps, signal)),
  ]);
  const reports: ObjectReport[] = [];
  for (const request of requests.ok ? requests.value : []) {
    reports.push(describeCertificateRequest(request, { events: await newestEvents(client, request.metadata, signal) }));
  }
  const [newest] = requests.ok ? requests.value : [];
  const ofRequest = newest === undefined ? undefined : await judgeCertificateRequest(newest, issuer, deps, signal);
  return {
    objects: [
      describeCertificate(certificate, { events }),
      secret,
      ...(issuer === undefined ? [] : [issuer.report]),
      ...(requests.ok ? reports : [unseen('CertificateRequest', { namespace: key.namespace, name: '' }, requests.error)]),
    ],
    verdict: judgeCertificate(certificate, ofRequest, deps),
  };
}

async function ownRequests(
  certificate: Certificate,
  namespace: string,
  { client }: JudgeDeps,
  signal: AbortSignal,
): Promise<readonly CertificateRequest[]> {
  let found: readonly CertificateRequest[] = [];
  for await (const { items } of listPages(client, certificateRequests, { namespace }, signal)) {
    found = requestsOf(certificate, [...found, ...items]).slice(0, mostRequests);
  }
  return found;
}

async function secretReport(
  namespace: string,
  name: string,
  { client }: JudgeDeps,
  signal: AbortSignal,
): Promise<ObjectReport> {
  const secret = await seen(async () => await client.get(secrets, { namespace, name }, { signal }));
  return secret.ok ? describeSecret(secret.value) : unseen('Secret', { namespace, name }, secret.error);
}

/** What there is to say of a CertificateRequest and its issuer. @throws {KubeApiError} where it cannot be read itself. */
export async function certificateRequestStatus(
  key: { readonly namespace: string; readonly name: string },
  deps: JudgeDeps,
  signal: AbortSignal,
): Promise<StatusReport> {
  const { client } = deps;
  const request = await client.get(certificateRequests, key, { signal });
  const [events, issuer] = await Promise.all([
    newestEvents(client, request.metadata, signal),
    findIssuer(client, request.spec.issuerRef, key.namespace, signal),
  ]);
  return {
    objects: [describeCertificateRequest(request, { events }), ...(issuer === undefined ? [] : [issuer.report])],
    verdict: await judgeCertificateRequest(request, issuer, deps, signal),
  };
}

/** What there is to say of a CertificateSigningRequest and its issuer. @throws {KubeApiError} where it cannot be read itself. */
export async function signingRequestStatus(name: string, deps: JudgeDeps, signal: AbortSignal): Promise<StatusReport> {
  const { client } = deps;
  const request = await client.get(certificateSigningRequests, { name }, { signal });
  const signer = readSignerName(request.spec.signerName);
  const key = signer === undefined || 'malformed' in signer ? undefined : signer;
  const ref = key === undefined ? undefined : { group, kind: key.kind, name: key.name };
  const [events, issuer] = await Promise.all([
    newestEvents(client, request.metadata, signal),
    ref === undefined ? undefined : findIssuer(client, ref, key?.namespace ?? '', signal),
  ]);
  return {
    objects: [describeSigningRequest(request, { events }), ...(issuer === undefined ? [] : [issuer.report])],
    verdict: await judgeSigningRequest(request, deps, signal),
  };
}

async function judgeSigningRequest(
  request: CertificateSigningRequest,
  { client, invocation }: JudgeDeps,
  signal: AbortSignal,
): Promise<Verdict> {
  const state = signingRequestState(request);
  if (state.state === 'issued') return { state: 'issued', why: 'The request has its certificate.' };
  if (state.state === 'denied' || state.state === 'failed') {
    const why = ended(oneLine(`${state.reason}: ${state.message}`, 1000));
    const word = state.state === 'denied' ? 'was denied' : 'has failed';
    return {
      state: 'failed',
      why: `It ${word}: ${why}`,
      fix: 'mend what the message says, and make the request again under another name',
    };
  }
  const signer = readSignerName(request.spec.signerName);
  const key = signer === undefined || 'malformed' in signer ? undefined : signer;
  const issuer = key === undefined ? undefined : await seeIssuer(client, key, signal);
  if (key !== undefined && issuer === 'missing') {
    const fix = 'create the issuer; or make the request again, with the name of one that there is';
    return { state: 'failed', why: `${issuerWords(key)} does not exist.`, fix };
  }
  return { state: 'waiting', why: waitingText(request, issuer === undefined ? {} : { issuer }, invocation) };
}
