import type { Logger } from 'pino';
import { withDeadline } from '../lib/deadline.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import { isKubeError } from './api-error.ts';
import type { Ending } from './controller.ts';
import type { LeaseSpec } from './lease.ts';
import { attemptLease, releaseLease, type ForeignLease, type HeldLease, type LeaseTarget } from './lease-attempt.ts';

/** What an elector is made of; the times are client-go's where they are not given, in milliseconds. */
export interface LeaderElectorOptions extends Omit<LeaseTarget, 'leaseDurationMs'> {
  /** Unique to this process: two with one name would both lead. */
  readonly identity: string;
  readonly random: () => number;
  readonly log: Logger;
  /** How long others wait for a holder that is silent. */
  readonly leaseDurationMs?: number;
  /** How long a leader that cannot renew goes on; below the lease's duration, so that two never lead at once. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** How long the work may take to end by itself after it was asked to; then it is told to give up. */
  readonly drainMs?: number;
}

/** Takes part in the election of one leader among the processes that name the same Lease. */
export interface LeaderElector {
  /**
   * Stands by until this process leads, then runs `lead` and renews the Lease until that ends. When `signal` is
   * aborted, `ending.stop` asks the work to end, the Lease is renewed until it has, and then given back.
   * @throws CodedError `LeaseLost` where the Lease could not be kept: `ending.abort` is aborted and another may lead, so
   * the process must end. What `lead` throws comes through after the Lease was given back.
   */
  run(signal: AbortSignal, lead: (ending: Ending) => Promise<void>): Promise<void>;
  /** Whether nobody else can lead now, by the local monotonic clock alone: nothing is asked. */
  isLeader(): boolean;
  /** Who was last seen to hold the Lease. */
  leaderIdentity(): string | undefined;
  /** What the Lease of another said last, and how long ago it was seen to change; undefined where this process holds it or nobody does. */
  otherHolder(): { readonly spec: LeaseSpec; readonly seenMsAgo: number } | undefined;
}

/**
 * Makes an elector after client-go's rules: observed records are timed by the local monotonic clock, writes are guarded
 * by resourceVersion, conflicts mean try again.
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  const { clock, identity, log } = options;
  const leaseDurationMs = options.leaseDurationMs ?? 15_000;
  const renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
  const retryPeriodMs = options.retryPeriodMs ?? 2000;
  const target: LeaseTarget = { ...options, leaseDurationMs };
  const lock = `${options.namespace}/${options.name}`;
  let known: HeldLease | ForeignLease | undefined;
  let lastTrouble = '';
  /** The Lease was lost: whatever a renewal that is still under way brings, this process leads no more. */
  let over = false;

  /** Milliseconds for which we surely lead. */
  function remainingMs(): number {
    return known?.held === true && !over ? known.at + renewDeadlineMs - clock.monotonic() : 0;
  }

  function leaderIdentity(): string | undefined {
    if (known?.held === true) return over ? undefined : identity;
    return known?.observation.spec.holderIdentity || undefined;
  }

  async function attempt(limitMs: number): Promise<void> {
    const before = leaderIdentity();
    try {
      known = await withDeadline(clock, limitMs, async (signal) => await attemptLease(target, known, signal));
      lastTrouble = '';
    } catch (error) {
      const trouble = messageOf(error);
      const contended = isKubeError(error, 'Conflict') || isKubeError(error, 'AlreadyExists');
      // Said once and not at each try; what is wrong for long is mostly a missing right.
      if (!contended && trouble !== lastTrouble)
        log.warn({ lock, error: trouble }, 'the leader Lease cannot be taken or renewed');
      if (!contended) lastTrouble = trouble;
    }
    const leader = leaderIdentity();
    if (leader !== before && leader !== identity) log.info({ lock, leader }, 'another replica leads');
  }

  async function acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await attempt(renewDeadlineMs / 2);
      if (remainingMs() > 0) return;
      const pause = retryPeriodMs * (1 + 1.2 * options.random());
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async function renewUntil(ended: AbortSignal): Promise<'ended' | 'lost'> {
    for (;;) {
      await clock.sleep(Math.min(retryPeriodMs, remainingMs()), ended).catch(() => undefined);
      if (ended.aborted) return 'ended';
      if (remainingMs() > 0) await attempt(Math.min(renewDeadlineMs / 2, remainingMs()));
      if (remainingMs() <= 0) return 'lost';
    }
  }

  /** Settles when the work has not ended although it was asked to, and then told to. */
  async function stuck(signal: AbortSignal, abort: AbortController, ended: AbortSignal): Promise<'stuck'> {
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true, signal: ended }));
    }
    await clock.sleep(options.drainMs ?? 20_000, ended);
    abort.abort(new CodedError('Stopped', 'the work was to end and has not within its time'));
    await clock.sleep(leaseDurationMs - renewDeadlineMs, ended);
    return 'stuck';
  }

  async function release(): Promise<void> {
    known = undefined;
    try {
      await withDeadline(clock, renewDeadlineMs / 2, async (signal) => await releaseLease(target, signal));
      log.info({ lock }, 'gave the leader Lease back');
    } catch (error) {
      log.warn(
        { lock, error: messageOf(error) },
        'the leader Lease was not given back; another replica leads once it has expired',
      );
    }
  }

  return {
    leaderIdentity,
    otherHolder() {
      if (known?.held !== false || !known.observation.spec.holderIdentity) return undefined;
      return { spec: known.observation.spec, seenMsAgo: clock.monotonic() - known.observation.at };
    },
    isLeader: () => remainingMs() > 0,
    async run(signal, lead) {
      await acquire(signal);
      if (remainingMs() <= 0) return;
      const abort = new AbortController();
      const ended = new AbortController();
      const work = (async () => {
        try {
          if (!signal.aborted) await lead({ stop: AbortSignal.any([signal, abort.signal]), abort: abort.signal });
        } finally {
          ended.abort();
        }
      })();
      const tooLong = stuck(signal, abort, ended.signal);
      // Both are awaited below, or of no interest any more.
      for (const promise of [work, tooLong]) promise.catch(() => undefined);
      const outcome = await Promise.race([renewUntil(ended.signal), tooLong.catch(() => new Promise<never>(() => undefined))]);
      if (outcome === 'ended') {
        await release();
        await work;
        return;
      }
      over = true;
      ended.abort();
      const reason = outcome === 'lost' ? 'could not be kept' : 'is not given back, since the work did not end in time';
      const error = new CodedError('LeaseLost', `the leader Lease ${lock} ${reason}; this process must end`);
      abort.abort(error);
      throw error;
    },
  };
}
