import type { Command } from 'commander';
import { addClusterOptions, type ClusterFlags } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import type { ReportFormat } from '../text/report.ts';
import { reportOption } from '../text/report-option.ts';

interface ApproveFlags extends ClusterFlags {
  readonly message: string;
  readonly output: ReportFormat;
  readonly force: boolean;
}

/** Adds `csr approve`. */
export function addApproveCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('approve <names...>')
    .summary('approve requests')
    .description(
      'Approves requests with your own rights, as kubectl certificate approve does, but looks at all of them first: where one is\n' +
        'dangerous (it would make somebody a master, a node or a component of the cluster, or a CA; or it cannot be read), none is\n' +
        'approved. One that is approved already is fine.',
    );
  addClusterOptions(command)
    .addOption(reportOption())
    .option('--message <text>', 'why, for the requester', 'Approved by a person with external-issuer csr approve.')
    .option('--force', 'approve what is dangerous, too', false)
    .action(async (names: readonly string[], flags: ApproveFlags) => {
      const { runDecide } = await import('./decide-run.ts');
      await runDecide('approve', names, flags, deps);
    });
}
