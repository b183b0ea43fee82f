import { pino } from 'pino';
import { isTrue } from '../../src/api/conditions.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import { keyOf, keyText, type ObjectKey } from '../../src/kube/resource.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { certificates, type CertificateResource } from './certificate.ts';

/** A Certificate that became Ready. */
export interface Issuance {
  readonly certificate: CertificateResource;
  /** Milliseconds from when the Certificate was first seen, or from `since`, to when it was seen Ready. */
  readonly tookMs: number;
}

/** Sees, on a watch of its own, when Certificates become Ready. */
export interface CertificateWatch {
  /**
   * Resolves when the Certificate is Ready with at least that revision.
   * @param since `performance.now()` of what caused it; by default when the Certificate was first seen.
   */
  untilReady(key: ObjectKey, revision: number, since?: number): Promise<Issuance>;
  close(): Promise<void>;
}

interface Sighting {
  readonly certificate: CertificateResource;
  readonly at: number;
}

const timeoutMs = 60_000;

/** Starts to watch all Certificates; resolves when the first list is complete. */
export async function watchCertificates(client: KubeClient): Promise<CertificateWatch> {
  const sightings = new Map<string, Sighting[]>();
  const waiting = new Set<() => void>();
  const upsert = (certificate: CertificateResource): void => {
    const key = keyText(keyOf(certificate));
    sightings.set(key, [...(sightings.get(key) ?? []), { certificate, at: performance.now() }]);
    for (const check of waiting) check();
  };
  const stop = new AbortController();
  const deps = { client, clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) };
  const reflector = createReflector(certificates, {}, { upsert, remove: () => undefined, keys: () => [] }, deps);
  const running = reflector.run(stop.signal);
  await reflector.synced;

  return {
    async untilReady(key, revision, since) {
      const ready = Promise.withResolvers<Issuance>();
      const check = (): void => {
        const seen = sightings.get(keyText(key)) ?? [];
        const found = seen.find(({ certificate }) => isIssued(certificate, revision));
        if (found) ready.resolve({ certificate: found.certificate, tookMs: found.at - (since ?? seen[0]?.at ?? found.at) });
      };
      const late = new Error(`Certificate ${keyText(key)} was not Ready after ${timeoutMs / 1000} s`);
      const timer = setTimeout(() => ready.reject(late), timeoutMs);
      waiting.add(check);
      check();
      return await ready.promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(check);
      });
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}

function isIssued({ status }: CertificateResource, revision: number): boolean {
  const { conditions, revision: issued = 0 } = status ?? {};
  return issued >= revision && isTrue(conditions, 'Ready') && !isTrue(conditions, 'Issuing');
}
