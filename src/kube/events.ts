import type { Logger } from 'pino';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { createTokenBucket } from '../lib/token-bucket.ts';
import { isKubeError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { cleanNote, eventNamespace, eventOf, events, seriesKey, seriesOf, type EventNotice } from './event.ts';

/** Tells the cluster what happened, as far as that costs little: events may be left out, and nothing waits for them. */
export interface EventRecorder {
  /** Never blocks and never throws. */
  record(notice: EventNotice): void;
  /** Events that wait to be sent or are being sent. */
  pending(): number;
  /** Takes no more events and sends those that wait, until `signal` is aborted. */
  stop(signal: AbortSignal): Promise<void>;
}

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'mergePatch'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** A qualified name, such as `external-issuer.io`. */
  readonly reportingController: string;
  /** Which process it was; at most 128 characters are kept. */
  readonly reportingInstance: string;
}

const maxQueue = 1000;
const maxSeries = 1000;
const maxInFlight = 2;
const rate = { requests: 50, perMs: 1000, burst: 100 };
/** Milliseconds after which the same thing is a new event. */
const seriesGapMs = 600_000;
/** Milliseconds between two writes of one series. */
const seriesWriteMs = 60_000;
const sweepMs = 10_000;
const complaintMs = 60_000;

interface Series {
  readonly notice: EventNotice;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** Of the monotonic clock, as are all times but firstAt and lastAt. */
  seenAt: number;
  nextWriteAt: number;
  queued: boolean;
  /** The name of the event, once it has been made. */
  name: string | undefined;
}

/** Makes a recorder of events.k8s.io/v1: what repeats within ten minutes is one event with a count. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, log } = options;
  const reporter = { controller: options.reportingController, instance: options.reportingInstance };
  const cancel = new AbortController();
  const bucket = createTokenBucket(rate);
  /** By key, the least recently seen first. */
  const known = new Map<string, Series>();
  const queue: Series[] = [];
  /** Repetitions that wait for their time. */
  const dirty = new Set<Series>();
  const workers = new Set<Promise<void>>();
  let active = 0;
  let stopped = false;
  let sweeping = false;
  let left = { dropped: 0, failed: 0 };
  let complainedAt = Number.NEGATIVE_INFINITY;

  function complain(kind: keyof typeof left, error?: string): void {
    left[kind] += 1;
    const now = clock.monotonic();
    if (now - complainedAt < complaintMs) return;
    complainedAt = now;
    log.debug({ ...left, ...(error === undefined ? {} : { error }) }, 'events were not sent');
    left = { dropped: 0, failed: 0 };
  }

  function enqueue(series: Series): void {
    series.queued = true;
    queue.push(series);
    if (active >= maxInFlight) return;
    active += 1;
    const worker = work();
    workers.add(worker);
    void worker.finally(() => workers.delete(worker));
  }

  async function work(): Promise<void> {
    for (let series = queue.shift(); series !== undefined && !cancel.signal.aborted; series = queue.shift()) {
      await inTurn();
      series.queued = false;
      series.nextWriteAt = clock.monotonic() + seriesWriteMs;
      try {
        await send(series);
      } catch (error) {
        if (!cancel.signal.aborted && !isOfGoingNamespace(error)) complain('failed', messageOf(error));
      }
    }
    active -= 1;
  }

  async function inTurn(): Promise<void> {
    for (let wait = bucket(clock.monotonic()); wait > 0 && !cancel.signal.aborted; wait = bucket(clock.monotonic())) {
      await clock.sleep(wait, cancel.signal).catch(() => undefined);
    }
  }

  async function send(series: Series): Promise<void> {
    const namespace = eventNamespace(series.notice.regarding);
    const { signal } = cancel;
    signal.throwIfAborted();
    if (series.name !== undefined) {
      try {
        await client.mergePatch(events, { namespace, name: series.name }, { series: seriesOf(series) }, { signal });
        return;
      } catch (error) {
        // The API server forgets events after an hour.
        if (!isKubeError(error, 'NotFound')) throw error;
        series.name = undefined;
      }
    }
    const suffix = Math.floor(options.random() * 2 ** 20).toString(16);
    const event = eventOf(series, reporter, `${Math.floor(clock.now()).toString(16)}${suffix.padStart(5, '0')}`);
    await client.create(events, event, { signal });
    series.name = event.metadata.name;
  }

  function repeat(series: Series): void {
    series.count += 1;
    series.lastAt = clock.now();
    series.seenAt = clock.monotonic();
    if (series.queued) return;
    dirty.add(series);
    if (!sweeping) void sweep();
  }

  /** One timer for all repetitions, running only while there are some. */
  async function sweep(): Promise<void> {
    sweeping = true;
    flush(clock.monotonic());
    while (dirty.size > 0 && !stopped) {
      await clock.sleep(sweepMs, cancel.signal).catch(() => undefined);
      flush(clock.monotonic());
    }
    sweeping = false;
  }

  function flush(before: number): void {
    for (const series of dirty) {
      if (series.nextWriteAt > before || queue.length >= maxQueue) continue;
      dirty.delete(series);
      enqueue(series);
    }
  }

  /** A Warning gets the place of what only says that all is well. */
  function dropNormal(): boolean {
    const at = queue.findIndex(({ notice }) => notice.type === 'Normal');
    const [dropped] = at < 0 ? [] : queue.splice(at, 1);
    if (dropped === undefined) return false;
    known.delete(seriesKey(dropped.notice));
    complain('dropped');
    return true;
  }

  function begin(key: string, notice: EventNotice): void {
    if (queue.length >= maxQueue && !(notice.type === 'Warning' && dropNormal())) {
      complain('dropped');
      return;
    }
    const [at, seenAt] = [clock.now(), clock.monotonic()];
    const series: Series = {
      notice,
      firstAt: at,
      lastAt: at,
      count: 1,
      seenAt,
      nextWriteAt: seenAt,
      queued: false,
      name: undefined,
    };
    known.set(key, series);
    const [oldest] = known.size > maxSeries ? known : [];
    if (oldest !== undefined) {
      known.delete(oldest[0]);
      dirty.delete(oldest[1]);
    }
    enqueue(series);
  }

  return {
    pending: () => queue.length + active,
    record(given) {
      if (stopped) return;
      const notice = { ...given, note: cleanNote(given.note) };
      const key = seriesKey(notice);
      const series = known.get(key);
      known.delete(key);
      if (series !== undefined && clock.monotonic() - series.seenAt < seriesGapMs) {
        known.set(key, series);
        repeat(series);
      } else begin(key, notice);
    },
    async stop(signal) {
      stopped = true;
      flush(Number.POSITIVE_INFINITY);
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([Promise.all(workers), aborted]);
      cancel.abort();
      queue.length = 0;
    },
  };
}

/** A namespace that is being deleted takes no events, and one that is gone cannot. */
function isOfGoingNamespace(error: unknown): boolean {
  return isKubeError(error, 'NotFound') || (isKubeError(error, 'Forbidden') && /being terminated/.test(messageOf(error)));
}
