import { Option, type Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import type { ListFlags } from './list-run.ts';

/** Adds `csr list`. */
export function addListCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('list')
    .summary('list the requests of the cluster, those that wait first')
    .description('Lists CertificateSigningRequests: first those that nobody has decided about, then the newest first.');
  addClusterOptions(command)
    .option('--signer <signer>', 'only requests for this signer, written as for csr create')
    .option('--pending', 'only requests that nobody has decided about', false)
    .addOption(
      new Option('-o, --output <format>', 'what is printed').choices(['table', 'wide', 'json', 'yaml']).default('table'),
    )
    .action(async (flags: ListFlags) => {
      const { runList } = await import('./list-run.ts');
      await runList(flags, deps);
    });
}
