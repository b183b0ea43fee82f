import type { Command } from 'commander';
import { addClusterOptions, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, usageError } from '../deps.ts';
import type { ReportFormat } from '../text/report.ts';
import { reportOption } from '../text/report-option.ts';

interface DenyFlags extends ClusterFlags {
  readonly message: string;
  readonly output: ReportFormat;
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
    .addOption(reportOption())
    .requiredOption('--message <text>', 'why, and what to ask for instead, for the requester')
    .action(async (names: readonly string[], flags: DenyFlags) => {
      if (flags.message.trim() === '') throw usageError('--message: say why, for the requester');
      const { runDecide } = await import('./decide-run.ts');
      await runDecide('deny', names, { ...flags, force: false }, deps);
    });
}
