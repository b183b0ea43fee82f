import { Option, type Command } from 'commander';
import { approvers, defaultRbacOptions, type Approver, type RbacOptions, type TokenAccount } from '../api/rbac-rules.ts';
import { requestKindNames } from '../issuing/request-view.ts';
import { usageError, type CliDeps } from './deps.ts';
import { listOf } from './option-values.ts';
import { requestKindsOf } from './process-options.ts';

interface CrdsOptions {
  readonly rbac: boolean;
  readonly namespace: string;
  readonly clusterResourceNamespace?: string;
  readonly certManagerNamespace: string;
  readonly certManagerServiceAccount: string;
  readonly approver: Approver;
  readonly requestKinds: string;
  readonly issuerNamespaces: string;
  readonly clusterWideReferences: boolean;
  readonly serviceAccountTokens: string;
  readonly metricsSecure: boolean;
  readonly admissionPolicy: boolean;
  readonly aggregateToDefaultRoles: boolean;
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
    .option('--request-kinds <list>', 'kinds of requests that are signed, as for the controller', requestKindNames.join(','))
    .option('--issuer-namespaces <list>', 'further namespaces whose Secrets and ConfigMaps issuers may refer to', '')
    .option('--cluster-wide-references', 'let the controller read the Secrets and ConfigMaps of every namespace', false)
    .option('--service-account-tokens <list>', 'NAMESPACE/NAME of each ServiceAccount that issuers log in as', '')
    .option('--metrics-secure', 'print the rights that a process with this flag needs', false)
    .option('--no-admission-policy', 'print no admission policies with it, which Kubernetes has since 1.30')
    .option('--no-aggregate-to-default-roles', 'do not add the rights on issuers to the roles view, edit and admin')
    .action(async (options: CrdsOptions) => void deps.stdout.write(await crdsOutput(options)));
}

async function crdsOutput({ rbac, ...options }: CrdsOptions): Promise<string> {
  const { crdsYaml } = await import('../api/crd.ts');
  const { signerBlocks } = await import('../signers/registry.ts');
  const rights = rbacOptionsOf(options);
  const crds = crdsYaml(signerBlocks);
  if (!rbac) return crds;
  const { rbacYaml } = await import('../api/rbac.ts');
  return `${crds}---\n${rbacYaml(rights)}`;
}

function rbacOptionsOf(options: Omit<CrdsOptions, 'rbac'>): RbacOptions {
  const issuerNamespaces = listOf(options.issuerNamespaces);
  if (options.clusterWideReferences && issuerNamespaces.length > 0) {
    throw usageError('--issuer-namespaces: says nothing beside --cluster-wide-references; leave out one of the two');
  }
  return {
    ...options,
    issuerNamespaces,
    clusterResourceNamespace: options.clusterResourceNamespace ?? options.namespace,
    requestKinds: requestKindsOf({ value: options.requestKinds, from: '--request-kinds', given: true }),
    serviceAccountTokens: listOf(options.serviceAccountTokens).map(tokenAccountOf),
  };
}

/** @throws {CodedError} `Usage` where it is not a namespace and a name. */
function tokenAccountOf(text: string): TokenAccount {
  const [namespace, name, ...rest] = text.split('/');
  if (!namespace || !name || rest.length > 0) {
    throw usageError(`--service-account-tokens: "${text}" is not NAMESPACE/NAME of a ServiceAccount`);
  }
  return { namespace, name };
}
