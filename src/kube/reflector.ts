import type { Logger } from 'pino';
import { backoffDelay } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { apiErrorOf, isKubeError, KubeApiError } from './api-error.ts';
import type { KubeClient, Selection } from './client.ts';
import { keyOf, keyText, type KubeObject, type Resource } from './resource.ts';
import type { Sink } from './store.ts';

/** What a reflector needs from outside. */
export interface ReflectorDeps {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called at each end of a watch or a list that was not the server's normal one; for a metric or a message. */
  readonly onTrouble?: (error: KubeApiError) => void;
}

/** Keeps a sink like the API server's state of one kind, for as long as {@link Reflector.run} runs. */
export interface Reflector {
  /** Lists and watches until `signal` is aborted; troubles are retried for ever, with backoff. */
  run(signal: AbortSignal): Promise<void>;
  /** Settles when the first list is in the sink. */
  readonly synced: Promise<void>;
}

const backoff = { baseMs: 800, maxMs: 30_000 };
/** Objects of one page: a page of 3 KB requests is then about 300 KB of JSON, small beside the heap. */
const pageSize = 100;
/** A watch that ends within this time without one event is a failure, however politely it ended. */
const shortWatchMs = 1000;

/**
 * Makes a reflector: list in pages, watch from there with bookmarks, resume where a watch ended, list again only when
 * the server no longer knows the place (410).
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function createReflector<T extends KubeObject>(
  resource: Resource<T>,
  selection: Selection,
  sink: Sink<T>,
  deps: ReflectorDeps,
): Reflector {
  const synced = Promise.withResolvers<void>();
  let resourceVersion: string | undefined;
  let failures = 0;

  async function list(signal: AbortSignal): Promise<string> {
    const gone = new Set(sink.keys());
    let next: string | undefined;
    for (;;) {
      const page = await deps.client.list(resource, { ...selection, limit: pageSize, continue: next, signal });
      for (const item of page.items) {
        gone.delete(keyText(keyOf(item)));
        sink.upsert(item);
      }
      next = page.metadata.continue;
      if (next === undefined || next === '') {
        for (const key of gone) sink.remove(key);
        return page.metadata.resourceVersion ?? '';
      }
    }
  }

  /** Returns when the server ended the watch; the place to resume from is in `resourceVersion`. */
  async function watch(from: string, signal: AbortSignal): Promise<void> {
    const started = deps.clock.monotonic();
    let events = 0;
    const timeoutSeconds = Math.round(240 + 240 * deps.random());
    for await (const { type, object } of deps.client.watch(resource, {
      ...selection,
      resourceVersion: from,
      timeoutSeconds,
      signal,
    })) {
      if (type === 'ERROR') throw statusError(resource.plural, object);
      events += 1;
      failures = 0;
      if (type === 'DELETED') sink.remove(keyText(keyOf(object)));
      else if (type !== 'BOOKMARK') sink.upsert(object);
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
    }
    if (events === 0 && deps.clock.monotonic() - started < shortWatchMs) {
      throw new KubeApiError('Unreachable', 0, `watch ${resource.plural}: the API server ended it at once`);
    }
    failures = 0;
  }

  async function turn(signal: AbortSignal): Promise<void> {
    if (resourceVersion === undefined) {
      resourceVersion = await list(signal);
      synced.resolve();
    }
    await watch(resourceVersion, signal);
  }

  return {
    synced: synced.promise,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await turn(signal);
        } catch (error) {
          if (signal.aborted) return;
          if (isKubeError(error, 'Expired')) resourceVersion = undefined;
          failures += 1;
          const trouble = error instanceof KubeApiError ? error : unexpected(resource.plural, error);
          deps.onTrouble?.(trouble);
          const wait = Math.max(trouble.retryAfterMs ?? 0, backoffDelay(backoff, failures, deps.random()));
          deps.log.debug({ resource: resource.plural, error: trouble.message, waitMs: Math.round(wait) }, 'watch interrupted');
          await deps.clock.sleep(wait, signal).catch(() => undefined);
        }
      }
    },
  };
}

function statusError(plural: string, status: unknown): KubeApiError {
  const code = typeof status === 'object' && status !== null && 'code' in status ? Number(status.code) : 500;
  return apiErrorOf(`watch ${plural}`, code, status);
}

function unexpected(plural: string, cause: unknown): KubeApiError {
  return new KubeApiError('Other', 0, `watch ${plural}: ${messageOf(cause)}`, { cause });
}
