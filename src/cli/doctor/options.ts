import { defaultRbacOptions, type Approver, type RbacOptions } from '../../api/rbac-rules.ts';
import type { RequestKindName } from '../../issuing/request-view.ts';
import { shellWord } from '../../lib/shell-word.ts';

/** Where the parties are. */
export type Places = Pick<
  RbacOptions,
  'namespace' | 'clusterResourceNamespace' | 'certManagerNamespace' | 'certManagerServiceAccount'
>;

/** Where the doctor looks. */
export interface DoctorOptions {
  /** Issuers and requests of this namespace only; absent: of all. */
  readonly namespace?: string;
  readonly rbac: Places;
  readonly controllerServiceAccount: string;
  readonly allowedReferenceNamespaces: readonly string[];
  /** Another approver than cert-manager and the built-in one approves cert-manager's requests: who it is, is not known here. */
  readonly otherApprover?: boolean;
  /** A request that waits for longer, without a reason of its own, is stuck; in milliseconds. */
  readonly patienceMs: number;
  /** The kinds of requests that the controller signs; absent: those that its Deployment says, else all. */
  readonly requestKinds?: readonly RequestKindName[];
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** The beginnings of the commands that mend things, for the cluster that was looked at. */
export interface Commands {
  /** `kubectl`, with the kubeconfig and the context. */
  readonly kubectl: string;
  readonly applyCrds: string;
  /** All rights, and those of the approver that there is. */
  readonly applyRbac: string;
  /** What this program does with one CertificateSigningRequest: `csr approve jane`. */
  csr(verb: string, name: string): string;
  /** Lets the controller read what issuers of a namespace refer to. */
  bindRefsReader(namespace: string): string;
  /** Lets the controller make tokens of one ServiceAccount. */
  allowTokens(namespace: string, name: string): string;
}

/** Makes the commands. @param invocation how this program is called. @param approver who approves requests. */
export function commandsFor(
  { kubeconfig, context, rbac, controllerServiceAccount: account }: DoctorOptions,
  invocation: string,
  approver: Approver = defaultRbacOptions.approver,
): Commands {
  const flag = (name: string, value: string | undefined): string =>
    value === undefined ? '' : ` --${name} ${shellWord(value)}`;
  const cluster = `${flag('kubeconfig', kubeconfig)}${flag('context', context)}`;
  const kubectl = `kubectl${cluster}`;
  const changed = (name: string, key: keyof Places, usual: string): string =>
    rbac[key] === usual ? '' : flag(name, rbac[key]);
  const places = [
    changed('namespace', 'namespace', defaultRbacOptions.namespace),
    changed('cluster-resource-namespace', 'clusterResourceNamespace', rbac.namespace),
    changed('cert-manager-namespace', 'certManagerNamespace', defaultRbacOptions.certManagerNamespace),
    changed('cert-manager-service-account', 'certManagerServiceAccount', defaultRbacOptions.certManagerServiceAccount),
    approver === defaultRbacOptions.approver ? '' : flag('approver', approver),
  ].join('');
  const apply = `${kubectl} apply --server-side -f -`;
  return {
    kubectl,
    applyCrds: `${invocation} crds | ${apply}`,
    applyRbac: `${invocation} crds --rbac${places} | ${apply}`,
    csr: (verb, name) => `${invocation} csr ${verb} ${shellWord(name)}${cluster}`,
    bindRefsReader: (namespace) =>
      `${kubectl} create rolebinding external-issuer-refs --namespace ${shellWord(namespace)} ` +
      `--clusterrole external-issuer-refs-reader --serviceaccount ${rbac.namespace}:${account}`,
    allowTokens(namespace, name) {
      const role = shellWord(`external-issuer-token-${name}`);
      const where = `--namespace ${shellWord(namespace)}`;
      return (
        `${kubectl} create role ${role} ${where} --verb create --resource serviceaccounts/token --resource-name ${shellWord(name)} && ` +
        `${kubectl} create rolebinding ${role} ${where} --role ${role} --serviceaccount ${rbac.namespace}:${account}`
      );
    },
  };
}
