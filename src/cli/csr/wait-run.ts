import { printable } from '../../lib/printable.ts';
import type { KubeClient } from '../../kube/client.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { report, type ReportFormat } from '../text/report.ts';
import { styleFor } from '../text/style.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';

/** Waits for a certificate: exit code 3 where the time is over first. @throws {CodedError} `Failed` where there will be none. */
export async function runWait(
  name: string,
  flags: ClusterFlags & { readonly output: ReportFormat },
  timeoutMs: number,
  deps: CliDeps,
): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => await waitWith(client, name, timeoutMs, deps, flags.output));
}

/** As {@link runWait}, with a client. */
export async function waitWith(
  client: Pick<KubeClient, 'get' | 'list'>,
  name: string,
  timeoutMs: number,
  deps: Pick<CliDeps, 'clock' | 'env' | 'invocation' | 'setExitCode' | 'signal' | 'stderr' | 'stdout'>,
  output: ReportFormat = 'text',
): Promise<void> {
  const { stdout, stderr, env, invocation } = deps;
  const found = await waitAloud(client, name, timeoutMs, deps);
  const about = 'reason' in found ? { reason: found.reason, message: found.message } : {};
  const text = found.outcome === 'issued' ? `${printable(name)} ${styleFor(stdout, env).good('issued')}\n` : '';
  report(stdout, output, { name, outcome: found.outcome, ...about }, text);
  if (found.outcome === 'issued') {
    if (output !== 'text') return;
    stderr.write(`Get the certificate with: ${invocation} csr get ${shellWord(name)}\n`);
    return;
  }
  const problem = waitProblem(name, found, timeoutMs, invocation);
  if (found.outcome !== 'undecided') throw commandFailure(problem);
  stderr.write(`${problem}\n`);
  deps.setExitCode(undecidedExitCode);
}
