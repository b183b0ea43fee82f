import { callSigner } from '../issuing/call-signer.ts';
import { boundedWait } from '../issuing/conclude.ts';
import { formatDuration } from '../lib/duration.ts';
import { printable } from '../lib/printable.ts';
import type {
  CallContext,
  CheckOutcome,
  Issued,
  PendingAtCA,
  Retry,
  Signer,
  SignOutcome,
  SignRequest,
} from '../signers/signer.ts';
import { type CliDeps, commandFailure } from './deps.ts';
import { whatFollows } from './what-follows.ts';
import { reasonText } from './reason.ts';

/** The shortest time between two polls, in milliseconds, as in the controller. */
const leastPollMs = 1000;

/**
 * Has a signer sign, and asks a CA that decides later until it does, for `timeoutMs` at most, and at the end of that once more.
 * Signing is tried once; a poll that fails for a reason that may pass is tried again, since the CA has the request.
 * @throws {CodedError} `Failed` where nothing was issued, with the reason and what the controller would do.
 */
export async function askUntilDecided(
  signer: Signer,
  request: SignRequest,
  timeoutMs: number,
  { clock, stderr, signal }: Pick<CliDeps, 'clock' | 'stderr' | 'signal'>,
  trace: Pick<CallContext, 'trace'>,
): Promise<Issued> {
  const call = async <T>(ask: (context: CallContext) => Promise<T>): Promise<T | Retry> =>
    await callSigner(signer, clock, async (context) => await ask({ ...context, ...trace }), signal);
  const check = async (): Promise<CheckOutcome> => await call(async (context) => await signer.check(context));
  const deadline = clock.monotonic() + timeoutMs;
  let outcome: SignOutcome = await call(async (context) => await signer.sign(request, context));
  if (outcome.outcome !== 'pending') return await issuedOr(outcome, check);

  const { poll } = signer;
  if (poll === undefined) throw new Error('a signer whose CA decides later can poll');
  let { id } = outcome;
  let last: PendingAtCA | Retry = outcome;
  const taken = `The CA has the request as "${printable(id)}" and decides later.`;
  stderr.write(`${taken} It is asked again until then, for ${formatDuration(timeoutMs)} at most.\n`);
  for (;;) {
    const leftMs = Math.max(0, deadline - clock.monotonic());
    const waitMs = boundedWait(last.afterMs, leastPollMs);
    const isLast = waitMs >= leftMs;
    // One that is in trouble is not asked sooner than it wishes.
    if (isLast && last.outcome === 'retry') throw undecided(id, timeoutMs, last);
    await clock.sleep(Math.min(waitMs, leftMs), signal);
    outcome = await call(async (context) => await poll(id, request, context));
    if (outcome.outcome !== 'pending' && outcome.outcome !== 'retry') return await issuedOr(outcome, check);
    if (outcome.outcome === 'pending') ({ id } = outcome);
    last = outcome;
    if (isLast) throw undecided(id, timeoutMs, last);
    if (outcome.outcome === 'retry') stderr.write(`${reasonText(outcome)} It is asked again.\n`);
  }
}

function undecided(id: string, timeoutMs: number, last: PendingAtCA | Retry): Error {
  const within = `within ${formatDuration(timeoutMs)} (--timeout)`;
  const what =
    last.outcome === 'pending'
      ? `the CA has not decided on request "${id}" ${within}; it was asked last just now.`
      : `the CA gave no decision on request "${id}", and is not to be asked again ${within}. The last answer: ${reasonText(last)}`;
  return commandFailure(
    printable(`${what} The controller would go on to ask; here, ask the people of the CA, or give a longer --timeout.`),
  );
}

async function issuedOr(outcome: Exclude<SignOutcome, PendingAtCA>, check: () => Promise<CheckOutcome>): Promise<Issued> {
  if (outcome.outcome === 'issued') return outcome;
  throw commandFailure(`${reasonText(outcome)} ${await whatFollows(outcome, check)}`);
}
