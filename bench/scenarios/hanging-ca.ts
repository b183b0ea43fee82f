import { setTimeout as delay } from 'node:timers/promises';
import { certificateRequests } from '../../src/api/resources.ts';
import type { ControllerProcess } from '../../test/e2e/support/controller-process.ts';
import { scrape } from '../../test/e2e/support/metrics.ts';
import type { World } from '../../test/e2e/support/world.ts';
import type { BenchCaFiles } from '../mock-ca.ts';
import type { Observer } from '../observer.ts';
import { applyPkiIssuer, defaultInFlight, deleteIssuer, untilIssuerReady } from '../pki-issuer.ts';
import { benchNamespace, createApproved, forEachName, namesOf } from '../requests.ts';
import { latency, type LatencyResult } from './latency.ts';

/** The latency of one issuer alone, and beside one whose CA does not answer. */
export interface HangingResult {
  readonly alone: LatencyResult;
  readonly beside: LatencyResult;
  /** Requests that wait for the CA that hangs. */
  readonly waiting: number;
}

export interface HangingOptions {
  readonly world: World;
  readonly observer: Observer;
  readonly csr: string;
  readonly files: BenchCaFiles;
  /** Runs already, and serves `issuer`. */
  readonly controller: ControllerProcess;
  readonly issuer: string;
  readonly perSecond: number;
  readonly seconds: number;
}

const hangingIssuer = 'bench-hanging';
const waiting = 200;

/** Measures the latency of `issuer`, has another issuer's CA hang with many requests, and measures again. */
export async function besideHangingCa(options: HangingOptions): Promise<HangingResult> {
  const { world, observer, csr, files, controller, issuer, perSecond, seconds } = options;
  const rate = { perSecond, count: perSecond * seconds, issuer };
  const alone = await latency(world, observer, csr, { ...rate, prefix: 'alone' });

  // An issuer whose check fails asks its CA for nothing: so the CA works at first, and then one that hangs takes its place.
  const working = await files.start({ latency: '0' });
  await applyPkiIssuer(world, hangingIssuer, working.url);
  await untilIssuerReady(world, hangingIssuer);
  await working.stop();
  const hanging = await files.start({ latency: '10m', addr: new URL(working.url).host });
  const names = namesOf('hanging', waiting);
  try {
    await createApproved(world.admin, names, csr, { name: hangingIssuer });
    await untilInFlight(controller, defaultInFlight);
    const beside = await latency(world, observer, csr, { ...rate, prefix: 'beside' });
    return { alone, beside, waiting };
  } finally {
    await hanging.stop();
    await deleteIssuer(world, hangingIssuer);
    await forEachName(names, async (name) => {
      await world.admin.delete(certificateRequests, { namespace: benchNamespace, name });
    });
  }
}

/** Waits until that many requests are with their CAs, by the controller's own gauge. */
async function untilInFlight({ metricsUrl }: ControllerProcess, count: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const inFlight = (await scrape(metricsUrl)).sum('external_issuer_requests_in_flight', { issuer_name: hangingIssuer });
    if (inFlight !== undefined && inFlight >= count) return;
    await delay(100);
  }
  throw new Error(`no ${count} requests were with the CA that hangs`);
}
