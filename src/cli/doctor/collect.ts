import type { CertificateRequest } from '../../api/certificate-request.ts';
import { approverLeaseName, group, issuerKinds, leaderLeaseName } from '../../api/group.ts';
import {
  certificateRequests,
  certificateSigningRequests,
  externalClusterIssuers,
  externalIssuers,
} from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { requestKindNames, type RequestKindName } from '../../issuing/request-view.ts';
import { readSignerName } from '../../issuing/signer-name.ts';
import { leases } from '../../kube/lease.ts';
import { listPages } from '../../kube/pages.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/resource.ts';
import { ok } from '../../lib/result.ts';
import { approverOf } from './approver-state.ts';
import { askAccess } from './ask-access.ts';
import { requestsCrdName } from './check-crds.ts';
import { factOf, type Fact, type Facts } from './facts.ts';
import { nameOfOurs } from './issuer-ref.ts';
import { lastSignOf } from './last-sign.ts';
import { lookAtIssuer, type LookDeps } from './look-at-issuer.ts';
import type { DoctorOptions } from './options.ts';
import { accessQuestions } from './questions.ts';
import {
  customResourceDefinitions,
  deployments,
  mutatingWebhookConfigurations,
  serviceAccounts,
  validatingWebhookConfigurations,
  type Deployment,
} from './resources.ts';
import { isController, kindsSignedBy } from './workloads.ts';

/** What {@link collectFacts} needs from outside. */
export interface CollectDeps extends LookDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The CRDs that must be there. */
export const crdNames: readonly string[] = [...issuerKinds.map(({ plural }) => `${plural}.${group}`), requestsCrdName];

/** Looks at the cluster with the rights of the kubeconfig's user; nothing is changed. */
export async function collectFacts(options: DoctorOptions, deps: CollectDeps, signal: AbortSignal): Promise<Facts> {
  const { client } = deps;
  const { rbac, namespace, controllerServiceAccount } = options;
  const inNamespace = namespace === undefined ? {} : { namespace };
  const one = async <T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<Fact<T>> =>
    await factOf(async () => await client.get(resource, key, { signal }));
  const list = async <T extends KubeObject>(
    resource: Resource<T>,
    where: { readonly namespace?: string } = {},
  ): Promise<T[]> => {
    const found: T[] = [];
    for await (const page of listPages(client, resource, where, signal)) found.push(...page.items);
    return found;
  };
  const all = async <T extends KubeObject>(
    resource: Resource<T>,
    where: { readonly namespace?: string } = {},
  ): Promise<Fact<readonly T[]>> => await factOf(async () => await list(resource, where));
  const [crds, foundDeployments, lease, approverLease, certManagerAccount, controllerAccount, mutating, validating] =
    await Promise.all([
      Promise.all(crdNames.map(async (name) => [name, await one(customResourceDefinitions, { name })] as const)),
      all(deployments, { namespace: rbac.namespace }),
      one(leases, { namespace: rbac.namespace, name: leaderLeaseName }),
      one(leases, { namespace: rbac.namespace, name: approverLeaseName }),
      one(serviceAccounts, { namespace: rbac.certManagerNamespace, name: rbac.certManagerServiceAccount }),
      one(serviceAccounts, { namespace: rbac.namespace, name: controllerServiceAccount }),
      all(mutatingWebhookConfigurations),
      all(validatingWebhookConfigurations),
    ]);
  const [allRequests, signingRequests] = await Promise.all([
    all(certificateRequests, inNamespace),
    all(certificateSigningRequests),
  ]);
  const issuers = await Promise.all(
    issuerKinds.map(async (names) => {
      const resource = names.namespaced ? externalIssuers : externalClusterIssuers;
      const found = await factOf(async () => {
        const objects = await list(resource, names.namespaced ? inNamespace : {});
        return await Promise.all(objects.map(async (object) => await lookAtIssuer(names, object, options, deps, signal)));
      });
      return { names, found };
    }),
  );
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  const now = deps.now();
  const requestKinds = options.requestKinds ?? kindsOfController(foundDeployments, controllerServiceAccount);
  const approver = approverOf({ deployments: foundDeployments, approverLease, now });
  const questions = accessQuestions({
    rbac,
    controllerAccount: controllerServiceAccount,
    requestKinds,
    approverKinds: approver.kinds,
    approverAccount: approver.account,
    issuers: known.map(({ view }) => view.key),
    refNamespaces: known.flatMap(({ refNamespaces }) => refNamespaces),
    serviceAccounts: known.flatMap(({ serviceAccount }) => serviceAccount ?? []),
  });
  const access = await factOf(async () => await askAccess(client, questions, signal));
  return {
    now,
    crds: new Map(crds),
    deployments: foundDeployments,
    lease,
    approverLease,
    requestKinds,
    certManagerAccount,
    controllerAccount,
    issuers,
    access,
    requests: allRequests.ok ? ok(allRequests.value.filter(isOpen)) : allRequests,
    signingRequests: signingRequests.ok
      ? ok(signingRequests.value.filter((request) => isUnsigned(request, namespace)))
      : signingRequests,
    webhooks: { mutating, validating },
    ...lastSignOf(
      known.map(({ view }) => view),
      allRequests.ok ? allRequests.value : [],
    ),
  };
}

/** What the controllers that are deployed sign; both kinds where none is seen. */
function kindsOfController(deployed: Fact<readonly Deployment[]>, account: string): readonly RequestKindName[] {
  const ours = deployed.ok ? deployed.value.filter((each) => isController(each, account)) : [];
  const kinds = ours.flatMap(kindsSignedBy);
  return ours.length === 0 ? requestKindNames : requestKindNames.filter((kind) => kinds.includes(kind));
}

/** Of a kind of ours, whatever its group says, and without a certificate. */
function isOpen({ metadata, spec, status }: CertificateRequest): boolean {
  return metadata.deletionTimestamp === undefined && nameOfOurs(spec.issuerRef) && (status?.certificate ?? '') === '';
}

/** For an issuer of ours, of that namespace or of the whole cluster, and without a certificate. */
function isUnsigned({ metadata, spec, status }: CertificateSigningRequest, namespace: string | undefined): boolean {
  const named = readSignerName(spec.signerName);
  if (named === undefined || metadata.deletionTimestamp !== undefined || (status?.certificate ?? '') !== '') return false;
  return namespace === undefined || 'malformed' in named || named.namespace === undefined || named.namespace === namespace;
}
