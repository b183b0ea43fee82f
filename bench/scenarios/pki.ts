import type { World } from '../../test/e2e/support/world.ts';
import { collectedMemory, type RestResult } from '../controller.ts';
import { createBenchCaFiles } from '../mock-ca.ts';
import type { Observer } from '../observer.ts';
import { applyPkiIssuer, applyReferences, deleteIssuer, pkiControllerArgs } from '../pki-issuer.ts';
import { createApproved, namesOf } from '../requests.ts';
import { backlog, type BacklogResult } from './backlog.ts';
import { caLimit, type CaLimit } from './ca-limit.ts';
import { besideHangingCa, type HangingResult } from './hanging-ca.ts';

/** What a CA over HTTPS allows, and what an issuer of type pki makes of it. */
export interface PkiResult {
  readonly latencyMs: number;
  readonly limit: CaLimit;
  readonly backlog: BacklogResult;
  /** Of the CA's own journal. */
  readonly signaturesPerCertificate: number;
  /** After so many certificates more, by the same process. */
  readonly more: { readonly count: number; readonly rest: RestResult };
  readonly hanging: HangingResult;
}

/** How long the CA takes for each answer. */
const caLatencyMs = 20;
const issuer = 'bench-pki';

export interface PkiOptions {
  readonly backlog: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Measures an issuer whose CA is a mock CA server over HTTPS, then the same one beside an issuer whose CA hangs. */
export async function pki(world: World, observer: Observer, csr: string, options: PkiOptions): Promise<PkiResult> {
  const files = createBenchCaFiles();
  const ca = await files.start({ latency: `${caLatencyMs}ms` });
  try {
    const limit = await caLimit(world, files, ca, csr, Math.min(options.backlog, 1000));
    await applyReferences(world, files);
    await applyPkiIssuer(world, issuer, ca.url);
    const signedBefore = ca.signed();
    const drained = await backlog(world, observer, csr, options.backlog, {
      issuer,
      args: pkiControllerArgs,
      pids: new Map([['mock CA', ca.pid]]),
    });
    const { controller } = drained;
    const signed = ca.signed() - signedBefore;
    const more = await issueMore(world, observer, csr, Math.ceil(options.backlog / 2));
    const rest = await collectedMemory(controller);
    const hanging = await besideHangingCa({ world, observer, csr, files, controller, issuer, ...options });
    await controller.end();
    await deleteIssuer(world, issuer);
    return {
      latencyMs: caLatencyMs,
      limit,
      backlog: drained.result,
      signaturesPerCertificate: signed / options.backlog,
      more: { count: more, rest },
      hanging,
    };
  } finally {
    await ca.stop();
    files.remove();
  }
}

async function issueMore({ admin }: World, observer: Observer, csr: string, count: number): Promise<number> {
  const ready = observer.readyCount;
  await createApproved(admin, namesOf('more', count), csr, { name: issuer });
  await observer.untilReady(ready + count, 120_000);
  return count;
}
