import { certificatesGroup, issuerKinds } from '../../api/group.ts';
import { externalClusterIssuers, externalIssuers } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { viewIssuer } from '../../issuing/issuer-view.ts';
import { issuerWords, type IssuerKey, type IssuerView } from '../../issuing/request-view.ts';
import { readSignerName } from '../../issuing/signer-name.ts';
import { isKubeError, KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { momentText } from '../../lib/moment.ts';
import { oneLine } from '../../lib/one-line.ts';
import { ended } from '../../lib/sentence.ts';
import { type AboutObject, newestEvents } from '../request/events.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { approverHint, signerPattern } from './decide-refusal.ts';
import { signingRequestState } from './wait-state.ts';

/** What can be seen of why a request waits. */
export interface WaitingSight {
  /** `missing` where it is not there; absent where it is none of ours, or may not be read. */
  readonly issuer?: IssuerView | 'missing';
  /** The newest event about the request, in words. */
  readonly event?: AboutObject;
}

/** kube-controller-manager deletes a request that has no certificate after this time, in milliseconds. */
const keptMs = 24 * 3_600_000;
/** Characters of a message. */
const longestMessage = 1000;

/** Looks at the issuer and the events of a request that waits; what may not be seen is left out. */
export async function seeWaiting(
  client: Pick<KubeClient, 'get' | 'list'>,
  request: CertificateSigningRequest,
  signal: AbortSignal,
): Promise<WaitingSight> {
  const { metadata, spec } = request;
  const signer = readSignerName(spec.signerName);
  // While nobody has approved it, the issuer keeps nothing.
  const isOurs = signer !== undefined && !('malformed' in signer) && signingRequestState(request).state === 'approved';
  const key = isOurs ? signer : undefined;
  const [issuer, events] = await Promise.all([
    key === undefined ? undefined : seeIssuer(client, key, signal),
    newestEvents(client, metadata, signal),
  ]);
  const event = events.ok ? events.value[0] : undefined;
  return { ...(issuer === undefined ? {} : { issuer }), ...(event === undefined ? {} : { event }) };
}

/** The issuer; `missing` where it is not there, undefined where it may not be read or the API server is in trouble. */
export async function seeIssuer(
  client: Pick<KubeClient, 'get'>,
  { kind, namespace, name }: IssuerKey,
  signal: AbortSignal,
): Promise<IssuerView | 'missing' | undefined> {
  const names = issuerKinds.find((each) => each.kind === kind);
  if (names === undefined) return undefined;
  const resource = names.namespaced ? externalIssuers : externalClusterIssuers;
  try {
    return viewIssuer(names, await client.get(resource, namespace === undefined ? { name } : { namespace, name }, { signal }));
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return 'missing';
    if (error instanceof KubeApiError) return undefined;
    throw error;
  }
}

/**
 * Says what the request waits for, who can help and with which command, and when Kubernetes deletes it; safe for a terminal.
 * @param invocation how this program is called.
 */
export function waitingText(request: CertificateSigningRequest, sight: WaitingSight, invocation: string): string {
  const { metadata, spec } = request;
  const name = oneLine(metadata.name, 253);
  const state = signingRequestState(request);
  const word = shellWord(metadata.name);
  const event = sight.event === undefined ? '' : ` Newest event: ${ended(sight.event.text)}`;
  if (state.state === 'approved') {
    const signed = `${name} is approved and waits for its signer ${oneLine(spec.signerName, 300)}.`;
    return `${signed}${issuerText(request, sight)}${event}${deletion(state.since, 'it was approved')}`;
  }
  const kept = deletion(Date.parse(metadata.creationTimestamp ?? ''), 'it was made');
  return (
    `${name} waits to be approved.${event}${kept} Who has the verb "approve" on "signers" of group "${certificatesGroup}" with resourceName ` +
    `"${signerPattern(spec.signerName)}"${approverHint(spec.signerName)} approves it with: ${invocation} csr approve ${word}`
  );
}

function issuerText({ spec }: CertificateSigningRequest, { issuer }: WaitingSight): string {
  const signer = readSignerName(spec.signerName);
  if (signer === undefined || issuer === undefined) return '';
  if (issuer === 'missing') return ` ${'malformed' in signer ? 'That' : issuerWords(signer)} does not exist; create it.`;
  const { ready, generation } = issuer;
  const words = issuerWords(issuer.key);
  if (ready === undefined) return ` ${words} has not been looked at: no controller may be running.`;
  const behind = ready.observedGeneration !== generation ? ' (from before its last change)' : '';
  if (ready.status === 'True') return behind === '' ? '' : ` ${words} was changed and has not been looked at since.`;
  return ` ${words} is not ready${behind}: ${ended(oneLine(ready.message, longestMessage))}`;
}

function deletion(since: number | undefined, what: string): string {
  if (since === undefined || Number.isNaN(since)) return '';
  return ` Kubernetes deletes it if it has no certificate 24 hours after ${what}, at ${momentText(since + keptMs)}.`;
}
