import type { HarnessEnvironment } from '../../test/controlplane/environment.ts';
import { type Account, type AccountStream, createAccount, secondsText } from './account.ts';
import { causesOf, diagnose } from './diagnosis.ts';
import { type Interruption, listenForInterruption } from './interruption.ts';
import { keepUp } from './keep.ts';
import { renew, verifySecrets } from './secrets.ts';
import { clearStage, type Stage } from './stage.ts';
import { start } from './start.ts';
import { issueCertificates, makeIssuers } from './story.ts';

export interface DemoOptions {
  /** Leaves everything up until Ctrl-C. */
  readonly keep: boolean;
  readonly environment: HarnessEnvironment;
  readonly stdout: AccountStream;
  readonly stderr: AccountStream;
}

/**
 * Runs the demo from nothing to nothing: whatever happens, what was started is ended.
 * @returns the exit code: 0, 1 where a step failed, 128 + signal where it was interrupted before its end.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { stdout, stderr, keep } = options;
  const stage: Stage = { endings: [] };
  const interruption = listenForInterruption((exitCode) => {
    stderr.write('\nEnding what was started (Ctrl-C again: at once)\n');
    // Before that there is nothing to close in order; the harness ends its processes when this one exits.
    if (stage.plane === undefined) process.exit(exitCode);
  });
  const account = createAccount(stdout, interruption.signal);
  let failure: { readonly error: unknown } | undefined;
  try {
    await tell(account, stage, options, interruption);
  } catch (error) {
    failure = { error };
  }
  const interrupted = interruption.signal.aborted;
  if (failure !== undefined && !interrupted) stderr.write(`\n${causesOf(failure.error)}${await diagnose(stage)}\n`);
  const failed = failure !== undefined && !interrupted;
  await clearStage(stage, failed);
  interruption.close();
  if (failure !== undefined) return interrupted ? interruption.exitCode() : 1;
  account.say(`${keep ? '' : '\n'}Ended; ${remains(stage)}.`);
  return 0;
}

async function tell(account: Account, stage: Stage, options: DemoOptions, { signal }: Interruption): Promise<void> {
  const { keep, environment } = options;
  const began = performance.now();
  account.say(account.bold('External PKI Issuer: Certificates become Secrets, with a real API server and a real cert-manager'));
  const started = await start(account, stage, environment);
  await makeIssuers(account, started);
  const issuances = await issueCertificates(account, started);
  await verifySecrets(account, started, issuances);
  const [first] = issuances;
  if (first !== undefined) await renew(account, started, first);
  account.say(`\n${account.bold(`All of it took ${secondsText(performance.now() - began).trim()}.`)}`);
  if (keep) await keepUp(account, started, environment, signal);
}

function remains({ plane }: Stage): string {
  return plane?.owned === true
    ? 'nothing runs any more, and its files are removed'
    : 'the objects of the demo are removed from the cluster; the CRDs and the RBAC stay';
}
