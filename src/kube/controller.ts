import type { Logger } from 'pino';
import { CodedError } from '../lib/errors.ts';
import { KubeApiError } from './api-error.ts';
import type { WorkQueue } from './workqueue.ts';

/** What one reconcile asks for: nothing, or to be called again after a time. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

/** How a controller ends: at `stop` it takes no more keys, and what runs may end; at `abort` what runs is given up. */
export interface Ending {
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
}

/** Brings the world nearer to what the object with that key wants. Throws only what a later try may mend. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

/**
 * Runs `workers` reconciles at once over the keys of a queue until it is told to stop, then lets those that run end.
 * A reconcile that throws is tried again with backoff, and never ends the controller.
 */
export async function runController(
  name: string,
  queue: WorkQueue,
  workers: number,
  reconcile: Reconcile,
  deps: { readonly log: Logger; readonly onError?: (error: unknown) => void },
  ending: Ending,
): Promise<void> {
  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        const { requeueAfterMs } = await reconcile(key, ending.abort);
        queue.forget(key);
        if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
      } catch (error) {
        if (!ending.abort.aborted) {
          deps.onError?.(error);
          // Where an error without a code came from only its stack tells.
          const what = error instanceof CodedError ? { error: error.message } : { err: error };
          deps.log.warn({ controller: name, key, ...what }, 'reconcile failed, will try again');
          queue.addFailed(key, error instanceof KubeApiError ? error.retryAfterMs : undefined);
        }
      } finally {
        queue.done(key);
      }
    }
  }

  const stop = (): void => queue.shutDown();
  ending.stop.addEventListener('abort', stop, { once: true });
  if (ending.stop.aborted) stop();
  await Promise.all(Array.from({ length: workers }, work));
  ending.stop.removeEventListener('abort', stop);
}
