import { printable } from '../../lib/printable.ts';
import type { KubeClient } from '../../kube/client.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { styleFor } from '../text/style.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';

/** Waits for a certificate: exit code 3 where the time is over first. @throws {CodedError} `Failed` where there will be none. */
export async function runWait(name: string, flags: ClusterFlags, timeoutMs: number, deps: CliDeps): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => await waitWith(client, name, timeoutMs, deps));
}

/** As {@link runWait}, with a client. */
export async function waitWith(
  client: Pick<KubeClient, 'get' | 'list'>,
  name: string,
  timeoutMs: number,
  deps: Pick<CliDeps, 'clock' | 'env' | 'invocation' | 'setExitCode' | 'signal' | 'stderr' | 'stdout'>,
): Promise<void> {
  const { stdout, stderr, env, invocation } = deps;
  const found = await waitAloud(client, name, timeoutMs, deps);
  if (found.outcome === 'issued') {
    stdout.write(`${printable(name)} ${styleFor(stdout, env).good('issued')}\n`);
    stderr.write(`Get the certificate with: ${invocation} csr get ${shellWord(name)}\n`);
    return;
  }
  const problem = waitProblem(name, found, timeoutMs, invocation);
  if (found.outcome !== 'undecided') throw commandFailure(problem);
  stderr.write(`${problem}\n`);
  deps.setExitCode(undecidedExitCode);
}
