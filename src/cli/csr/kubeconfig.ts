import type { Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import { reportOption } from '../text/report-option.ts';
import type { KubeconfigFlags } from './kubeconfig-run.ts';

/** Adds `csr kubeconfig`. */
export function addKubeconfigCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('kubeconfig <name>')
    .summary('write the certificate and its key into a kubeconfig')
    .description(
      'Gets the certificate of a request (NAME.crt where it is there, else from the cluster, which is then kept in NAME.crt), checks that it\n' +
        'belongs to NAME.key, and writes a user and a context into a kubeconfig. All else in that file stays as it is.\n\n' +
        `Example without access to the cluster: ${deps.invocation} csr kubeconfig jane --server https://10.0.0.1:6443 --certificate-authority ca.crt`,
    )
    .option('--dir <folder>', 'where NAME.key and NAME.crt are', '.')
    .option('--key <file>', 'the private key (default: NAME.key)')
    .option(
      '--certificate <file>',
      'the certificate, in place of the one in the cluster (default: NAME.crt, where it is there)',
    )
    .option('--out <file>', 'the kubeconfig to write (default: that of --kubeconfig, $KUBECONFIG or ~/.kube/config)')
    .option('--user <name>', 'name of the user in it (default: NAME)')
    .option('--context-name <name>', 'name of the context in it (default: NAME@CLUSTER)')
    .option('--cluster <name>', 'name of the cluster in it (default: that of the current context; kubernetes, with --server)')
    .option('--server <url>', 'address of the API server, where the kubeconfig has no cluster yet')
    .option('--certificate-authority <file>', 'with --server: the CA of the API server, PEM')
    .option('--no-embed', 'refer to the files in place of embedding them')
    .option('--use-context', 'make it the current context', false)
    .option('--wait', 'wait until the certificate is there', false)
    .option('--timeout <duration>', 'with --wait: how long', '10m')
    .option('--force', 'overwrite entries of these names that are for something else', false);
  addClusterOptions(command)
    .addOption(reportOption())
    .action(async (name: string, flags: KubeconfigFlags) => {
      const { runKubeconfig } = await import('./kubeconfig-run.ts');
      await runKubeconfig(name, flags, deps);
    });
}
