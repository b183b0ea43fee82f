import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../api/policy-fields.ts';
import type { Clock } from '../lib/clock.ts';
import type { Signer } from '../signers/signer.ts';
import type { RetryPolicy } from './conclude.ts';
import { createCircuit, type Circuit } from './circuit.ts';
import { createTokenBucket, type Rate } from '../lib/token-bucket.ts';
import { createSignerLoads, type SignerLoad } from './signer-load.ts';
import { halvingsAfter, windowOf, type Answer } from './window.ts';

/** What an issuer allows its signer, from its spec. */
export interface SignerLimits {
  readonly retry: RetryPolicy;
  readonly rate?: Rate;
  /** Requests that may be with the CA at once. */
  readonly maxInFlight: number;
  /** Whether a certificate that differs from the request is refused, though it harms nobody. */
  readonly strict: boolean;
  /** What may be asked for. */
  readonly policy: Policy;
}

/** A signer in use by one request; it stays open until it is released, whatever becomes of the issuer. */
export interface SignerLease {
  readonly got: 'signer';
  readonly signer: Signer;
  readonly limits: SignerLimits;
  readonly circuit: Circuit;
  /** How the CA has answered: one that gives no answer in time gets fewer requests at once, see window.ts. */
  report(answer: Answer): void;
  release(): void;
}

/** What a request that wants its issuer's signer gets: it, or why not now. Who is `queued` is woken when it may be its turn. */
export type Acquired = SignerLease | { readonly got: 'queued' };

/** The open signers, one for each issuer, kept while the issuer's effective configuration stays the same. */
export interface SignerPool {
  /** The issuer's signer, where it was opened with the configuration of that hash. */
  signerFor(issuerUid: string, hash: string): Signer | undefined;
  /**
   * Makes `signer` the issuer's, with a closed circuit: what the one before it has shown says nothing about it. That
   * one is closed when its last request ends. Requests queue until {@link checkPassed}.
   */
  install(issuerUid: string, hash: string, signer: Signer, limits: SignerLimits): void;
  /** What the issuer allows from now on; a new rate begins with a full bucket. */
  limit(issuerUid: string, limits: SignerLimits): void;
  /** The issuer's signer works: its requests may have it, and a circuit that was open is half open. Says whether it is its first. */
  checkPassed(issuerUid: string): 'first' | 'again';
  acquire(issuerUid: string, requestKey: string): Acquired;
  /** This request has been looked at. Where it was woken for its turn and did not take it, the next one is woken. */
  leave(requestKey: string): void;
  /** The request is gone or finished: it waits for nothing any more. */
  forgetRequest(requestKey: string): void;
  circuitOf(issuerUid: string): Circuit;
  /** The circuit has closed: requests that were held back come again. */
  wakeWaiting(issuerUid: string): void;
  /** The issuer's configuration is gone or wrong: no new request gets its signer. */
  retire(issuerUid: string): void;
  /** The issuer is deleted. */
  forget(issuerUid: string): void;
  loadOf(issuerUid: string): SignerLoad;
  close(): Promise<void>;
}

interface Entry {
  readonly hash: string;
  readonly signer: Signer;
  readonly retirement: AbortController;
  limits: SignerLimits;
  delayOf: (now: number) => number;
  /** A check has passed since it was opened. */
  usable: boolean;
  using: number;
  /** Of the requests that may be in flight, for want of answers. */
  halvings: number;
  /** Somebody will be woken when the CA may be asked again. */
  refilling: boolean;
}

/** Makes an empty pool. `wake` puts a request back in the queue; `onCloseFailed` is told of a signer that did not close. */
export function createSignerPool(deps: {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly wake: (requestKey: string) => void;
  readonly onCloseFailed: (error: unknown) => void;
}): SignerPool {
  const entries = new Map<string, Entry>();
  const circuits = new Map<string, Circuit>();
  const waiting = new Map<string, Set<string>>();
  const woken = new Map<string, string>();
  const closing = new Set<Promise<void>>();
  const loads = createSignerLoads();

  function circuitOf(uid: string): Circuit {
    const circuit = circuits.get(uid) ?? createCircuit();
    circuits.set(uid, circuit);
    return circuit;
  }

  function queue(uid: string, requestKey: string): Acquired {
    const queued = waiting.get(uid) ?? new Set();
    waiting.set(uid, queued.add(requestKey));
    return { got: 'queued' };
  }

  function wakeWaiting(uid: string, most = Infinity): void {
    const queued = waiting.get(uid) ?? new Set<string>();
    let count = 0;
    for (const key of queued) {
      if ((count += 1) > most) break;
      queued.delete(key);
      woken.set(key, uid);
      deps.wake(key);
    }
    if (queued.size === 0) waiting.delete(uid);
  }

  function leave(requestKey: string): void {
    const uid = woken.get(requestKey);
    if (uid !== undefined && woken.delete(requestKey)) wakeWaiting(uid, 1);
  }

  /** One request comes back for the next token, and wakes the next one: not all of them at once for the same token. */
  function wakeAfter(uid: string, entry: Entry, ms: number): void {
    if (entry.refilling) return;
    entry.refilling = true;
    const load = loads.count(uid);
    load.pauses += 1;
    const refilled = (): void => {
      entry.refilling = false;
      load.pausedMs += ms;
      wakeWaiting(uid, 1);
    };
    void deps.clock.sleep(ms, entry.retirement.signal).then(refilled, () => undefined);
  }

  function retire(uid: string): void {
    const entry = entries.get(uid);
    if (entry === undefined) return;
    entries.delete(uid);
    entry.retirement.abort();
    closeUnused(entry);
  }

  function closeUnused(entry: Entry): void {
    if (!entry.retirement.signal.aborted || entry.using > 0) return;
    const closed = (async () => await entry.signer.close())().catch(deps.onCloseFailed);
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  function acquire(uid: string, requestKey: string): Acquired {
    woken.delete(requestKey);
    const entry = entries.get(uid);
    if (entry?.usable !== true) return queue(uid, requestKey);
    const { limits } = entry;
    const mayUse = (): boolean => entry.using < windowOf(entry.limits.maxInFlight, entry.halvings);
    const circuit = circuitOf(uid);
    if (!mayUse() || !circuit.admit(requestKey)) return queue(uid, requestKey);
    const afterMs = entry.delayOf(deps.clock.monotonic());
    if (afterMs > 0) {
      circuit.undecided(requestKey);
      wakeAfter(uid, entry, afterMs);
      return queue(uid, requestKey);
    }
    const load = loads.count(uid);
    entry.using += 1;
    load.inFlight += 1;
    waiting.get(uid)?.delete(requestKey);
    if (mayUse()) wakeWaiting(uid, 1);
    const release = (): void => {
      entry.using -= 1;
      load.inFlight -= 1;
      closeUnused(entry);
      circuit.undecided(requestKey);
      // Who waits has another signer by now, or there is room; else one of those in flight wakes the next.
      if (entries.get(uid) !== entry || mayUse()) wakeWaiting(uid, 1);
    };
    const report = (answer: Answer): void => {
      entry.halvings = halvingsAfter(answer, entry.halvings, entry.limits.maxInFlight);
    };
    return { got: 'signer', signer: entry.signer, limits, circuit, report, release };
  }

  return {
    acquire,
    leave,
    forgetRequest(requestKey) {
      for (const queued of waiting.values()) queued.delete(requestKey);
      leave(requestKey);
    },
    circuitOf,
    retire,
    wakeWaiting,
    signerFor(uid, hash) {
      const entry = entries.get(uid);
      return entry?.hash === hash ? entry.signer : undefined;
    },
    install(uid, hash, signer, limits) {
      retire(uid);
      circuits.set(uid, createCircuit());
      const retirement = new AbortController();
      const delayOf = delayFor(limits);
      entries.set(uid, { hash, signer, limits, delayOf, retirement, usable: false, using: 0, halvings: 0, refilling: false });
    },
    limit(uid, limits) {
      const entry = entries.get(uid);
      if (entry === undefined) return;
      if (!isDeepStrictEqual(entry.limits.rate, limits.rate)) entry.delayOf = delayFor(limits);
      entry.limits = limits;
    },
    checkPassed(uid) {
      circuitOf(uid).checkPassed();
      const entry = entries.get(uid);
      const isFirst = entry?.usable === false;
      if (entry !== undefined) entry.usable = true;
      wakeWaiting(uid);
      return isFirst ? 'first' : 'again';
    },
    forget(uid) {
      retire(uid);
      circuits.delete(uid);
      loads.forget(uid);
      wakeWaiting(uid);
    },
    loadOf: loads.of,
    async close() {
      for (const uid of entries.keys()) retire(uid);
      await Promise.all(closing);
    },
  };
}

/** Milliseconds until the CA may be asked again, by the rate that the issuer sets. */
function delayFor({ rate }: SignerLimits): (now: number) => number {
  return rate === undefined ? () => 0 : createTokenBucket(rate);
}
