import { Option, type Command } from 'commander';
import { approvers, defaultRbacOptions, type Approver } from '../api/rbac-rules.ts';
import type { CliDeps } from './deps.ts';

interface CrdsOptions {
  readonly rbac: boolean;
  readonly namespace: string;
  readonly clusterResourceNamespace?: string;
  readonly certManagerNamespace: string;
  readonly certManagerServiceAccount: string;
  readonly approver: Approver;
}

/** Adds `crds`, which prints what must be in a cluster before the controller can run there, for `kubectl apply -f -`. */
export function addCrdsCommand(program: Command, deps: CliDeps): void {
  program
    .command('crds')
    .summary('print the CustomResourceDefinitions, and the RBAC with --rbac')
    .description(
      'Prints the CustomResourceDefinitions of the issuer kinds as YAML, and with --rbac also the namespace, the ServiceAccount\n' +
        `and the roles of the controller.\n\nExample: ${deps.invocation} crds --rbac | kubectl apply --server-side -f -`,
    )
    .option('--rbac', 'print the RBAC too', false)
    .option('--namespace <name>', 'namespace the controller runs in', defaultRbacOptions.namespace)
    .option('--cluster-resource-namespace <name>', 'namespace of what ExternalClusterIssuers refer to (default: --namespace)')
    .option('--cert-manager-namespace <name>', 'namespace cert-manager runs in', defaultRbacOptions.certManagerNamespace)
    .option(
      '--cert-manager-service-account <name>',
      'ServiceAccount of the cert-manager controller, which approves requests',
      defaultRbacOptions.certManagerServiceAccount,
    )
    .addOption(
      new Option('--approver <who>', 'who approves requests for our issuers: the one whose rights --rbac prints')
        .choices(approvers)
        .default(defaultRbacOptions.approver),
    )
    .action(async (options: CrdsOptions) => void deps.stdout.write(await crdsOutput(options)));
}

async function crdsOutput({ rbac, ...options }: CrdsOptions): Promise<string> {
  const { crdsYaml } = await import('../api/crd.ts');
  const { signerBlocks } = await import('../signers/registry.ts');
  const crds = crdsYaml(signerBlocks);
  if (!rbac) return crds;
  const { rbacYaml } = await import('../api/rbac.ts');
  const clusterResourceNamespace = options.clusterResourceNamespace ?? options.namespace;
  return `${crds}---\n${rbacYaml({ ...options, clusterResourceNamespace })}`;
}
