import type { Command } from 'commander';
import { addClusterOptions, type ClusterFlags } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import type { ReportFormat } from '../text/report.ts';
import { reportOption } from '../text/report-option.ts';

interface WaitFlags extends ClusterFlags {
  readonly timeout: string;
  readonly output: ReportFormat;
}

/** Adds `csr wait`. */
export function addWaitCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('wait <name>')
    .summary('wait until a request has its certificate')
    .description(
      'Waits until a request has its certificate, and says on standard error what it waits for: who can approve it, or what keeps\n' +
        'its signer. Exits 1 where it was denied, has failed or was deleted, and 3 where nothing was decided in time.',
    );
  addClusterOptions(command)
    .option('--timeout <duration>', 'how long to wait', '10m')
    .addOption(reportOption())
    .action(async (name: string, flags: WaitFlags) => {
      const { durationOf } = await import('../option-values.ts');
      const timeoutMs = durationOf('--timeout', flags.timeout);
      const { runWait } = await import('./wait-run.ts');
      await runWait(name, flags, timeoutMs, deps);
    });
}
