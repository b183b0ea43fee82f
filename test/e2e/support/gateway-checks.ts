import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Envoy } from '../../envoy/envoy.ts';
import type { LoadReport } from '../../envoy/load.ts';

/** By when a gateway serves what cert-manager has written, in milliseconds. */
export const limitMs = 1000;

/** A certificate and when the watch brought the Secret with it, in milliseconds of `performance.now()`. */
export interface Written {
  readonly serial: string;
  readonly at: number;
}

/** Nothing failed, and what was open at the start was open and in use to the end. @param written the first to the last. */
export function checkLoad(report: LoadReport, written: readonly Written[], context: TestContext): void {
  const { fresh, kept, streams, failures } = report;
  assert.deepEqual(failures, []);
  for (const served of kept) {
    const last = served.at(-1);
    assert.ok(
      (last?.startedAt ?? 0) > (written.at(-1)?.at ?? Infinity),
      'each kept connection was used after the last renewal',
    );
    assert.equal(last?.serial, written[0]?.serial, 'it has the certificate that it began with');
  }
  const pause = Math.max(...streams.map(({ longestGapMs }) => longestGapMs));
  assert.ok(pause < limitMs, `a stream stood still for ${pause} ms`);
  const open = kept.length + streams.length;
  context.diagnostic(
    `${fresh.length + kept.flat().length} requests, ${fresh.length} of them on connections of their own, 0 failed`,
  );
  context.diagnostic(`${open} connections stayed open; the longest pause of a stream was ${Math.round(pause)} ms`);
}

/** The new certificate was served in time, and from then on the old one on no new connection. */
export function checkChange({ fresh }: LoadReport, old: Written, { serial, at }: Written, context: TestContext): void {
  const ms = Math.min(...fresh.filter((served) => served.serial === serial).map(({ endedAt }) => endedAt)) - at;
  context.diagnostic(`the new serial number was served ${Math.round(ms)} ms after the watch event of its Secret`);
  assert.ok(ms < limitMs, `it was served after ${ms} ms`);
  const late = fresh.filter((served) => served.serial === old.serial && served.startedAt - at > limitMs);
  assert.deepEqual(late, [], 'the one before is not served any more');
}

/** Envoy has taken that many certificates, has refused none, and knows of nothing that failed. */
export async function checkEnvoy(envoy: Envoy, certificates: number, context: TestContext): Promise<void> {
  const stats = await envoy.stats(
    'ssl_context_update_by_sds$|ssl.connection_error$|downstream_rq_[45]xx$|sds.*update_rejected$',
  );
  const sum = (suffix: string): number => {
    const found = [...stats].filter(([name]) => name.endsWith(suffix));
    assert.ok(found.length > 0, `Envoy counts ${suffix}`);
    return found.reduce((total, [, value]) => total + value, 0);
  };
  const counted = 'ssl_context_update_by_sds';
  assert.equal(sum(counted), certificates);
  for (const name of ['ssl.connection_error', 'downstream_rq_5xx', 'downstream_rq_4xx', 'update_rejected']) {
    assert.equal(sum(name), 0, name);
  }
  context.diagnostic(`${counted} ${sum(counted)}, ssl.connection_error ${sum('ssl.connection_error')}`);
}
