import type { Command } from 'commander';
import { addClusterOptions, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, usageError } from '../deps.ts';

interface DenyFlags extends ClusterFlags {
  readonly message: string;
}

/** Adds `csr deny`. */
export function addDenyCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('deny <names...>')
    .summary('deny requests')
    .description(
      'Denies requests with your own rights, as kubectl certificate deny does. That is for good: they must be made again.',
    );
  addClusterOptions(command)
    .requiredOption('--message <text>', 'why, and what to ask for instead, for the requester')
    .action(async (names: readonly string[], flags: DenyFlags) => {
      if (flags.message.trim() === '') throw usageError('--message: say why, for the requester');
      const { runDecide } = await import('./decide-run.ts');
      await runDecide('deny', names, { ...flags, force: false }, deps);
    });
}
