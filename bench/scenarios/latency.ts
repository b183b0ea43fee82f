import { setTimeout as delay } from 'node:timers/promises';
import { certificateRequests } from '../../src/api/resources.ts';
import type { World } from '../../test/e2e/support/world.ts';
import type { Observer } from '../observer.ts';
import { approve, benchIssuer, forEachName, namesOf, requestObject } from '../requests.ts';

/** Milliseconds from the sending of an approval until its certificate is seen on a watch, at a steady rate. */
export interface LatencyResult {
  readonly perSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How many requests, how fast, and for whom. */
export interface LatencyOptions {
  readonly perSecond: number;
  readonly count: number;
  readonly issuer?: string;
  /** Tells two runs apart. */
  readonly prefix?: string;
}

/** Approves requests one by one at `perSecond` and measures how long each takes. */
export async function latency(
  { admin }: World,
  observer: Observer,
  csr: string,
  { perSecond, count, issuer = benchIssuer, prefix = 'latency' }: LatencyOptions,
): Promise<LatencyResult> {
  const names = namesOf(prefix, count);
  await forEachName(names, async (name) => await admin.create(certificateRequests, requestObject(name, csr, { name: issuer })));
  const before = observer.readyCount;
  const approvedAt = new Map<string, number>();
  const started = performance.now();
  const approvals: Promise<void>[] = [];
  for (const [index, name] of names.entries()) {
    await delay(Math.max(0, started + (index * 1000) / perSecond - performance.now()));
    approvedAt.set(name, performance.now());
    approvals.push(approve(admin, name));
  }
  await Promise.all(approvals);
  await observer.untilReady(before + count, 60_000);
  const took = names.map((name) => (observer.readyAt(name) ?? Number.NaN) - (approvedAt.get(name) ?? Number.NaN));
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN;
  return { perSecond, count, p50Ms: at(0.5), p99Ms: at(0.99) };
}
