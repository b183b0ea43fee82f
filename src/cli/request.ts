import { Option, type Command } from 'commander';
import { defaultRbacOptions } from '../api/rbac-rules.ts';
import { addClusterOptions } from './cluster.ts';
import type { CliDeps } from './deps.ts';
import type { StatusFlags, StatusSubject } from './request/status-run.ts';

/** Adds `request status`, which says how a request stands and what keeps its certificate. */
export function addRequestCommand(program: Command, deps: CliDeps): void {
  const status = program
    .command('request')
    .summary('how a request for a certificate stands, and what keeps it')
    .description(
      "cert-manager's Certificates and CertificateRequests, and Kubernetes' CertificateSigningRequests, of any issuer.",
    )
    .command('status')
    .summary('say how one stands')
    .description(
      'Shows one object with what belongs to it (its Secret, issuer, requests and events), and says why there is no certificate and\n' +
        'what to do. Looks with your own rights, and says what you may not see. Exits 0 where there is a certificate, 3 where one may\n' +
        'still come, and 1 where none comes until somebody does something.',
    );
  const run = async (subject: StatusSubject, flags: StatusFlags): Promise<void> => {
    const { runStatus } = await import('./request/status-run.ts');
    await runStatus(subject, flags, deps);
  };
  for (const [kind, what] of [
    ['certificate', "cert-manager's Certificate"],
    ['certificaterequest', "cert-manager's CertificateRequest"],
  ] as const) {
    addStatusOptions(status.command(`${kind} <name>`).summary(what).description(`How ${what} stands.`))
      .requiredOption('-n, --namespace <name>', 'its namespace')
      .action(async (name: string, flags: StatusFlags & { readonly namespace: string }) => {
        await run({ kind, name, namespace: flags.namespace }, flags);
      });
  }
  const what = "Kubernetes' CertificateSigningRequest";
  addStatusOptions(status.command('csr <name>').summary(what).description(`How ${what} stands.`)).action(
    async (name: string, flags: StatusFlags) => {
      await run({ kind: 'csr', name }, flags);
    },
  );
}

function addStatusOptions(command: Command): Command {
  return addClusterOptions(command)
    .option('--cert-manager-namespace <name>', 'namespace cert-manager runs in', defaultRbacOptions.certManagerNamespace)
    .option(
      '--cert-manager-service-account <name>',
      'ServiceAccount of the cert-manager controller, which approves requests',
      defaultRbacOptions.certManagerServiceAccount,
    )
    .addOption(new Option('-o, --output <format>', 'what is written').choices(['text', 'json', 'yaml']).default('text'));
}
