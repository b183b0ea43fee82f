import type { Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import { reportOption } from '../text/report-option.ts';
import type { RenewFlags } from './renew-run.ts';

/** Adds `csr renew`. */
export function addRenewCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('renew <name>')
    .summary('renew a certificate that ends soon, with a new key; for cron')
    .description(
      'Does nothing, and exits 0, where the certificate in NAME.crt is good for long enough. Else it makes a new key, asks the same signer\n' +
        'for a certificate of the same name, waits, and swaps NAME.key, NAME.crt and the users of the kubeconfig that show the old one.\n' +
        'Where nobody approves it in time it exits 3, and the next run goes on with the same request.',
    )
    .option('--dir <folder>', 'where NAME.key, NAME.crt and NAME.yaml are', '.')
    .option('--within <duration>', 'renew what ends within this time: 720h (default: the last third of its life, at most 720h)')
    .option('--signer <signer>', 'who is to sign, where NAME.yaml is not there')
    .option('--out <file>', 'the kubeconfig whose users get it (default: those of --kubeconfig, $KUBECONFIG or ~/.kube/config)')
    .option('--timeout <duration>', 'how long to wait for the certificate', '10m')
    .option('--force', 'renew it now, however long it is good', false);
  addClusterOptions(command)
    .addOption(reportOption())
    .action(async (name: string, flags: RenewFlags) => {
      const { runRenew } = await import('./renew-run.ts');
      await runRenew(name, flags, deps);
    });
}
