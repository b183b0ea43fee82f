import { callSigner } from '../issuing/call-signer.ts';
import { boundedWait } from '../issuing/conclude.ts';
import { formatDuration } from '../lib/duration.ts';
import { printable } from '../lib/printable.ts';
import type { CallContext, Issued, PendingAtCA, Retry, Signer, SignOutcome, SignRequest } from '../signers/signer.ts';
import { type CliDeps, commandFailure } from './deps.ts';
import { reasonText } from './reason.ts';

/** The shortest time between two polls, in milliseconds, as in the controller. */
const leastPollMs = 1000;

/**
 * Has a signer sign, and asks a CA that decides later until it does, for `timeoutMs` at most. Signing is tried once; a poll
 * that fails for a reason that may pass is tried again, since the CA has the request.
 * @throws {CodedError} `Failed` where nothing was issued, with the reason and what the controller would do.
 */
export async function askUntilDecided(
  signer: Signer,
  request: SignRequest,
  timeoutMs: number,
  { clock, stderr, signal }: Pick<CliDeps, 'clock' | 'stderr' | 'signal'>,
  trace: Pick<CallContext, 'trace'>,
): Promise<Issued> {
  const call = async (ask: (context: CallContext) => Promise<SignOutcome>): Promise<SignOutcome> =>
    await callSigner(signer, clock, async (context) => await ask({ ...context, ...trace }), signal);
  const deadline = clock.monotonic() + timeoutMs;
  let outcome = await call(async (context) => await signer.sign(request, context));
  if (outcome.outcome !== 'pending') return issuedOr(outcome);

  const { poll } = signer;
  if (poll === undefined) throw new Error('a signer whose CA decides later can poll');
  let { id } = outcome;
  let last: PendingAtCA | Retry = outcome;
  const taken = `The CA has the request as "${printable(id)}" and decides later.`;
  stderr.write(`${taken} It is asked again until then, for ${formatDuration(timeoutMs)} at most.\n`);
  for (;;) {
    const waitMs = boundedWait(last.afterMs, leastPollMs);
    if (clock.monotonic() + waitMs > deadline) throw undecided(id, timeoutMs, last);
    await clock.sleep(waitMs, signal);
    outcome = await call(async (context) => await poll(id, request, context));
    if (outcome.outcome === 'pending') ({ id } = outcome);
    if (outcome.outcome !== 'pending' && outcome.outcome !== 'retry') return issuedOr(outcome);
    if (outcome.outcome === 'retry') stderr.write(`${reasonText(outcome)} It is asked again.\n`);
    last = outcome;
  }
}

function undecided(id: string, timeoutMs: number, last: PendingAtCA | Retry): Error {
  const why = last.outcome === 'retry' ? ` The last answer: ${reasonText(last)}` : '';
  return commandFailure(
    printable(
      `the CA has not decided on request "${id}" within ${formatDuration(timeoutMs)} (--timeout).${why} ` +
        'The controller would go on to ask; here, ask the people of the CA, or give a longer --timeout.',
    ),
  );
}

function issuedOr(outcome: Exclude<SignOutcome, PendingAtCA>): Issued {
  if (outcome.outcome === 'issued') return outcome;
  throw commandFailure(`${reasonText(outcome)} ${whatFollows(outcome)}`);
}

function whatFollows(outcome: Exclude<SignOutcome, PendingAtCA | Issued>): string {
  switch (outcome.outcome) {
    case 'failed':
      return 'The controller would fail the request.';
    case 'issuer-broken':
      return 'The controller would check the issuer, and hold its requests back until the check passes; see: external-issuer check';
    case 'retry': {
      const { afterMs, mostAttempts } = outcome;
      const when = afterMs === undefined ? '' : `, after ${formatDuration(afterMs)}`;
      const most = mostAttempts === undefined ? '' : `, ${mostAttempts} times at most where it fails alike`;
      return `The controller would try again${when}${most}.`;
    }
    default:
      return outcome satisfies never;
  }
}
