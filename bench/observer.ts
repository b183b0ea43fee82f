import { pino } from 'pino';
import type { CertificateRequest } from '../src/api/certificate-request.ts';
import { certificateRequests } from '../src/api/resources.ts';
import type { KubeClient } from '../src/kube/client.ts';
import { createReflector } from '../src/kube/reflector.ts';
import { systemClock } from '../src/lib/clock.ts';
import { benchNamespace } from './requests.ts';

/** Sees, on a watch of its own, when requests become Ready. */
export interface Observer {
  /** Milliseconds (performance.now) at which the request was seen Ready. */
  readyAt(name: string): number | undefined;
  readonly readyCount: number;
  /** Resolves when that many requests in all have been seen Ready. */
  untilReady(count: number, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts to watch; resolves when the first list is complete. */
export async function observe(client: KubeClient): Promise<Observer> {
  const ready = new Map<string, number>();
  const waiters = new Set<() => void>();
  const seen = (object: CertificateRequest): void => {
    const isReady = object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    if (!isReady || ready.has(object.metadata.name)) return;
    ready.set(object.metadata.name, performance.now());
    for (const waiter of waiters) waiter();
  };
  const stop = new AbortController();
  const sink = { upsert: seen, remove: () => undefined, keys: () => [] };
  const deps = { client, clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) };
  const reflector = createReflector(certificateRequests, { namespace: benchNamespace }, sink, deps);
  const running = reflector.run(stop.signal);
  await reflector.synced;

  return {
    readyAt: (name) => ready.get(name),
    get readyCount() {
      return ready.size;
    },
    async untilReady(count, timeoutMs) {
      const reached = Promise.withResolvers<void>();
      const check = (): void => (ready.size >= count ? reached.resolve() : undefined);
      const timer = setTimeout(
        () => reached.reject(new Error(`${ready.size} of ${count} requests were Ready after ${timeoutMs} ms`)),
        timeoutMs,
      );
      waiters.add(check);
      check();
      await reached.promise.finally(() => {
        clearTimeout(timer);
        waiters.delete(check);
      });
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}
