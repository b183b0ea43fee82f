import { Option, type Command } from 'commander';
import { controllerServiceAccount } from '../api/group.ts';
import { defaultRbacOptions } from '../api/rbac-rules.ts';
import { requestKindsOf } from './process-options.ts';
import { type CliDeps, usageError } from './deps.ts';
import { listOf } from './option-values.ts';
import type { DoctorOptions } from './doctor/options.ts';

interface DoctorFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly controllerNamespace: string;
  readonly controllerServiceAccount: string;
  readonly clusterResourceNamespace?: string;
  readonly allowedReferenceNamespaces?: string;
  readonly certManagerNamespace: string;
  readonly certManagerServiceAccount: string;
  readonly otherApprover?: boolean;
  readonly olderThan: string;
  readonly requestKinds?: string;
  readonly output: 'text' | 'json';
}

/** Adds `doctor`, which says what keeps certificates from being issued in a cluster, and how it is mended. */
export function addDoctorCommand(program: Command, deps: CliDeps): void {
  program
    .command('doctor')
    .summary('find out what keeps a cluster from issuing certificates')
    .description(
      'Looks at a cluster with your own rights and changes nothing: the CRDs, the controller, the rights that it and cert-manager\n' +
        'need, the issuers and what they refer to, and the requests that wait. Each finding says what to do about it. Exits 1 where\n' +
        'there is an error.',
    )
    .option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, the pod, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('-n, --namespace <name>', 'look at the issuers and requests of this namespace only (default: of all)')
    .option('--controller-namespace <name>', 'namespace the controller runs in', defaultRbacOptions.namespace)
    .option('--controller-service-account <name>', 'ServiceAccount of the controller', controllerServiceAccount)
    .option(
      '--cluster-resource-namespace <name>',
      'namespace of what ExternalClusterIssuers refer to (default: --controller-namespace)',
    )
    .option('--allowed-reference-namespaces <names>', 'further namespaces ExternalClusterIssuers may refer to, comma-separated')
    .option('--cert-manager-namespace <name>', 'namespace cert-manager runs in', defaultRbacOptions.certManagerNamespace)
    .option(
      '--cert-manager-service-account <name>',
      'ServiceAccount of the cert-manager controller, which approves requests',
      defaultRbacOptions.certManagerServiceAccount,
    )
    .option(
      '--other-approver',
      "cert-manager's requests are approved by another approver than cert-manager and the built-in one: do not miss them",
    )
    .option(
      '--request-kinds <kinds>',
      'the kinds of requests that the controller signs, comma-separated (default: those that its Deployment says, else all)',
    )
    .option('--older-than <duration>', 'a request that waits for longer without a word is stuck', '5m')
    .addOption(new Option('-o, --output <format>', 'how the findings are written').choices(['text', 'json']).default('text'))
    .action(async (flags: DoctorFlags) => {
      const { parseDuration } = await import('../lib/duration.ts');
      const patience = parseDuration(flags.olderThan);
      if (!patience.ok) throw usageError(`--older-than: ${patience.error}`);
      const kinds = flags.requestKinds;
      const requestKinds =
        kinds === undefined ? undefined : requestKindsOf({ value: kinds, from: '--request-kinds', given: true });
      const { signersDeps } = await import('./network-options.ts');
      const { runDoctor } = await import('./doctor/run.ts');
      // Nothing is asked of a CA here, so it does not matter what would be allowed.
      const network = { allowCaAddresses: [], denyCaAddresses: [], allowPlaintextCredentials: false };
      await runDoctor(optionsOf(flags, patience.value, requestKinds), flags.output, signersDeps(network, deps, []), deps);
    });
}

function optionsOf(flags: DoctorFlags, patienceMs: number, requestKinds: DoctorOptions['requestKinds']): DoctorOptions {
  const { kubeconfig, context, namespace, controllerNamespace, certManagerNamespace, certManagerServiceAccount } = flags;
  return {
    rbac: {
      namespace: controllerNamespace,
      clusterResourceNamespace: flags.clusterResourceNamespace ?? controllerNamespace,
      certManagerNamespace,
      certManagerServiceAccount,
    },
    controllerServiceAccount: flags.controllerServiceAccount,
    allowedReferenceNamespaces: listOf(flags.allowedReferenceNamespaces ?? ''),
    patienceMs,
    ...(flags.otherApprover === true ? { otherApprover: true } : {}),
    ...(requestKinds === undefined ? {} : { requestKinds }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}
