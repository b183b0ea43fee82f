import type { KubeClient } from '../../kube/client.ts';
import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import { ended } from '../../lib/sentence.ts';
import type { CliDeps } from '../deps.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { createProgress } from '../text/progress.ts';
import { waitForCertificate, type WaitOptions, type WaitOutcome } from './wait-for.ts';
import { seeWaiting, waitingText } from './wait-reason.ts';

/** The issuer and the events are looked at again after this time, in milliseconds. */
const sightMs = 9000;
/** Characters of a text that others wrote. */
const longestText = 1000;

/** Waits for the certificate of a request, and says on standard error what it waits for. @see waitForCertificate */
export async function waitAloud(
  client: Pick<KubeClient, 'get' | 'list'>,
  name: string,
  timeoutMs: number,
  { clock, stderr, signal, invocation }: Pick<CliDeps, 'clock' | 'invocation' | 'signal' | 'stderr'>,
): Promise<WaitOutcome> {
  const progress = createProgress(stderr);
  const began = clock.monotonic();
  let sight = { text: '', version: '', atMs: -sightMs };
  const onLook: WaitOptions['onLook'] = async (request, trouble) => {
    const elapsedMs = clock.monotonic() - began;
    if (trouble !== undefined) {
      progress.say(`${ended(oneLine(trouble.message, longestText))} It is asked again.`, elapsedMs);
      return;
    }
    if (request === undefined) return;
    const { resourceVersion: version = '' } = request.metadata;
    if (version !== sight.version || elapsedMs - sight.atMs >= sightMs) {
      const text = waitingText(request, await seeWaiting(client, request, signal), invocation);
      sight = { text, version, atMs: elapsedMs };
    }
    progress.say(sight.text, elapsedMs);
  };
  try {
    return await waitForCertificate(client, name, { timeoutMs, onLook }, { clock }, signal);
  } finally {
    progress.end();
  }
}

/** Why a wait ended without a certificate, and what to do: one paragraph, safe for a terminal. */
export function waitProblem(
  name: string,
  found: Exclude<WaitOutcome, { outcome: 'issued' }>,
  timeoutMs: number,
  invocation: string,
): string {
  const shown = oneLine(name, 253);
  switch (found.outcome) {
    case 'denied':
      return `${shown} was denied: ${because(found)} Ask who denied it, and make the request again under another name.`;
    case 'failed':
      return `${shown} has failed: ${because(found)} Mend what the message says, and make the request again under another name.`;
    case 'gone':
      if (found.request === undefined) return `There is no CertificateSigningRequest ${shown}. ${goneWords}`;
      return `${shown} is not there any more. ${goneWords}`;
    case 'undecided': {
      const trouble =
        found.trouble === undefined
          ? ''
          : ` The API server's last answer: ${ended(oneLine(found.trouble.message, longestText))}`;
      return (
        `${shown} has no certificate after ${formatDuration(timeoutMs)} (--timeout).${trouble} It stays as it is; wait on with: ` +
        `${invocation} csr wait ${shellWord(name)}`
      );
    }
    default:
      return found satisfies never;
  }
}

/** What becomes of requests by themselves. @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/ */
export const goneWords =
  'kube-controller-manager deletes a request about an hour after it was issued, denied or failed, and after 24 hours where it got no ' +
  'certificate. If it was deleted, make the request again.';

function because({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return ended(oneLine(reason === '' ? message : `${reason}: ${message}`, longestText));
}
