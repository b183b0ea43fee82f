import type { Logger } from 'pino';
import { backoffDelay } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { apiErrorOf, isKubeError, KubeApiError } from './api-error.ts';
import type { KubeClient, Selection } from './client.ts';
import { listPages } from './pages.ts';
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
  /** Called after each complete list, when the sink holds what it showed and nothing else. */
  readonly onListed?: () => void;
  /** What is listed and watched from then on where the API server does not serve the selection's field selector (400). */
  readonly fallback?: Selection;
}

/** Keeps a sink like the API server's state of one kind, for as long as {@link Reflector.run} runs. */
export interface Reflector {
  /** Lists and watches until `signal` is aborted; troubles are retried for ever, with backoff. */
  run(signal: AbortSignal): Promise<void>;
  /** Settles when the first list is in the sink. */
  readonly synced: Promise<void>;
}

const backoff = { baseMs: 800, maxMs: 30_000 };
/**
 * A watch that ends within this time is a failure, however politely it ended: resumed at once, it could spin. One that
 * breaks after it is a new trouble, not one more of those before: a quiet watch shows only by lasting that all is well.
 */
const shortWatchMs = 1000;
/**
 * The server sends a bookmark about once a minute. Watches in a row that end without bringing anything stand at a place
 * where the server never was, as after a restore of etcd: there it waits in silence, so a list is due.
 */
const maxBarrenWatches = 2;

/**
 * Makes a reflector: list in pages, watch from there with bookmarks, resume where a watch ended, list again only when
 * the server no longer knows the place (410) or never knew it.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function createReflector<T extends KubeObject>(
  resource: Resource<T>,
  selection: Selection,
  sink: Sink<T>,
  deps: ReflectorDeps,
): Reflector {
  const synced = Promise.withResolvers<void>();
  let selected = selection;
  let resourceVersion: string | undefined;
  let failures = 0;
  let barrenWatches = 0;
  let warnedOf = '';

  /** An object that cannot be processed is a fault of ours; it must not keep all others from being seen. */
  function put(key: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      deps.log.error({ resource: resource.plural, key, err: error }, 'this object cannot be processed and is left aside');
    }
  }

  async function list(signal: AbortSignal): Promise<string> {
    const gone = new Set(sink.keys());
    let place: string | undefined;
    for await (const { items, metadata } of listPages(deps.client, resource, selected, signal)) {
      for (const item of items) {
        const key = keyText(keyOf(item));
        gone.delete(key);
        put(key, () => sink.upsert(item));
      }
      place = metadata.resourceVersion;
    }
    // A watch from nowhere would begin with all objects and never name those that are gone.
    if (!place) throw new KubeApiError('Other', 200, `list ${resource.plural}: the answer has no resourceVersion`);
    for (const key of gone) put(key, () => sink.remove(key));
    return place;
  }

  /** Returns when the server ended the watch; the place to resume from is in `resourceVersion`. */
  async function watch(from: string, signal: AbortSignal): Promise<void> {
    const started = deps.clock.monotonic();
    let openedAt = Number.POSITIVE_INFINITY;
    let barren = true;
    const timeoutSeconds = Math.round(240 + 240 * deps.random());
    const onOpen = (): void => {
      openedAt = deps.clock.monotonic();
    };
    const options = { ...selected, resourceVersion: from, timeoutSeconds, signal, onOpen };
    try {
      for await (const { type, object } of deps.client.watch(resource, options)) {
        if (type === 'ERROR') throw statusError(resource.plural, object);
        if (type !== 'BOOKMARK') {
          const key = keyText(keyOf(object));
          put(key, () => (type === 'DELETED' ? sink.remove(key) : sink.upsert(object)));
        }
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        barren = false;
        failures = 0;
      }
    } catch (error) {
      if (deps.clock.monotonic() - openedAt >= shortWatchMs) failures = 0;
      throw error;
    }
    barrenWatches = barren ? barrenWatches + 1 : 0;
    if (barrenWatches >= maxBarrenWatches) resourceVersion = undefined;
    if (deps.clock.monotonic() - started < shortWatchMs) {
      throw new KubeApiError('Unreachable', 0, `watch ${resource.plural}: the API server ended it at once`);
    }
    failures = 0;
  }

  /** One interruption is everyday life; what fails again somebody may have to mend, such as a missing right. */
  function report(error: string, waitMs: number): void {
    if (failures === 1) warnedOf = '';
    const level = failures > 1 && error !== warnedOf ? 'warn' : 'debug';
    if (level === 'warn') warnedOf = error;
    deps.log[level]({ resource: resource.plural, error, waitMs: Math.round(waitMs) }, 'cannot list or watch, will try again');
  }

  /** An optional selector may be unknown to the API server from the start, or from some change of its CRD on. */
  function fallsBack({ status, message }: KubeApiError): boolean {
    if (status !== 400 || deps.fallback === undefined || selected === deps.fallback) return false;
    selected = deps.fallback;
    resourceVersion = undefined;
    deps.log.info({ resource: resource.plural, error: message }, 'the field selector is not served, so all are listed');
    return true;
  }

  async function turn(signal: AbortSignal): Promise<void> {
    if (resourceVersion === undefined) {
      resourceVersion = await list(signal);
      barrenWatches = 0;
      deps.onListed?.();
      synced.resolve();
    }
    await watch(resourceVersion, signal);
  }

  return {
    synced: synced.promise,
    async run(signal) {
      while (!signal.aborted) {
        const resumes = resourceVersion !== undefined;
        try {
          await turn(signal);
        } catch (error) {
          if (signal.aborted) return;
          if (isKubeError(error, 'Expired')) {
            resourceVersion = undefined;
            // The server is back and has forgotten our place: no reason to let it wait. After a list it is a fault of its own.
            if (resumes) failures = 0;
          }
          const trouble = error instanceof KubeApiError ? error : unexpected(resource.plural, error);
          if (fallsBack(trouble)) continue;
          failures += 1;
          deps.onTrouble?.(trouble);
          const wait = Math.max(trouble.retryAfterMs ?? 0, backoffDelay(backoff, failures, deps.random()));
          report(trouble.message, wait);
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
