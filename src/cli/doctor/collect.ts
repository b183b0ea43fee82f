import { certManagerGroup, group, issuerKinds, leaderLeaseName, type IssuerKindNames } from '../../api/group.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { certificateRequests, externalClusterIssuers, externalIssuers } from '../../api/resources.ts';
import { viewIssuer } from '../../issuing/issuer-view.ts';
import { createReferenceReader } from '../../issuing/references.ts';
import { resolveIssuer } from '../../issuing/resolve-issuer.ts';
import type { KubeClient } from '../../kube/client.ts';
import { leases } from '../../kube/lease.ts';
import { listPages } from '../../kube/pages.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { Issuer } from '../../api/issuer.ts';
import { parseIssuerSpec } from '../../api/issuer-settings.ts';
import { ok } from '../../lib/result.ts';
import type { SignerDefinition } from '../../signers/definition.ts';
import { readAllReferences } from '../all-references.ts';
import { askAccess } from './ask-access.ts';
import { factOf, type Facts, type IssuerFacts } from './facts.ts';
import { nameOfOurs } from './issuer-ref.ts';
import { lastSignOf } from './last-sign.ts';
import { loginOf } from './logins.ts';
import type { DoctorOptions } from './options.ts';
import { accessQuestions } from './questions.ts';
import { customResourceDefinitions, deployments, serviceAccounts } from './resources.ts';

/** What {@link collectFacts} needs from outside. */
export interface CollectDeps {
  readonly client: KubeClient;
  readonly signers: readonly SignerDefinition[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The CRDs that must be there. */
export const crdNames: readonly string[] = [
  ...issuerKinds.map(({ plural }) => `${plural}.${group}`),
  `certificaterequests.${certManagerGroup}`,
];

/** Looks at the cluster with the rights of the kubeconfig's user; nothing is changed. */
export async function collectFacts(options: DoctorOptions, deps: CollectDeps, signal: AbortSignal): Promise<Facts> {
  const { client } = deps;
  const { rbac, namespace } = options;
  const inNamespace = namespace === undefined ? {} : { namespace };
  const all = async <T extends KubeObject>(resource: Resource<T>, where: { readonly namespace?: string }): Promise<T[]> => {
    const found: T[] = [];
    for await (const page of listPages(client, resource, where, signal)) found.push(...page.items);
    return found;
  };
  const accountFact = async (key: { readonly namespace: string; readonly name: string }): Promise<Facts['approver']> =>
    await factOf(async () => await client.get(serviceAccounts, key, { signal }));
  const [crds, foundDeployments, lease, approver, controllerAccount, allRequests] = await Promise.all([
    Promise.all(
      crdNames.map(async (name) => {
        const crd = await factOf(async () => await client.get(customResourceDefinitions, { name }, { signal }));
        return [name, crd] as const;
      }),
    ),
    factOf(async () => await all(deployments, { namespace: rbac.namespace })),
    factOf(async () => await client.get(leases, { namespace: rbac.namespace, name: leaderLeaseName }, { signal })),
    accountFact({ namespace: rbac.certManagerNamespace, name: rbac.certManagerServiceAccount }),
    accountFact({ namespace: rbac.namespace, name: options.controllerServiceAccount }),
    factOf(async () => await all(certificateRequests, inNamespace)),
  ]);
  const issuers = await Promise.all(
    issuerKinds.map(async (names) => {
      const resource = names.namespaced ? externalIssuers : externalClusterIssuers;
      const found = await factOf(async () => {
        const objects = await all(resource, names.namespaced ? inNamespace : {});
        return await Promise.all(objects.map(async (object) => await lookAt(names, object, options, deps, signal)));
      });
      return { names, found };
    }),
  );
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  const questions = accessQuestions(
    rbac,
    options.controllerServiceAccount,
    known.map(({ view }) => view),
    known.flatMap(({ refNamespaces }) => refNamespaces),
    known.flatMap(({ serviceAccount }) => serviceAccount ?? []),
  );
  const access = await factOf(async () => await askAccess(client, questions, signal));
  return {
    now: deps.now(),
    crds: new Map(crds),
    deployments: foundDeployments,
    lease,
    approver,
    controllerAccount,
    issuers,
    access,
    requests: allRequests.ok ? ok(allRequests.value.filter(isOpen)) : allRequests,
    ...lastSignOf(
      known.map(({ view }) => view),
      allRequests.ok ? allRequests.value : [],
    ),
  };
}

/** Reads an issuer as the controller does, and goes on where a reference leads nowhere. */
async function lookAt(
  names: IssuerKindNames,
  object: Issuer,
  { rbac, allowedReferenceNamespaces: allowedNamespaces }: DoctorOptions,
  { client, signers }: CollectDeps,
  signal: AbortSignal,
): Promise<IssuerFacts> {
  const view = viewIssuer(names, object);
  const references = readAllReferences(createReferenceReader(client));
  const resolution = await resolveIssuer(
    view,
    {
      signers,
      enabled: new Set(signers.map(({ type }) => type)),
      scope: { clusterResourceNamespace: rbac.clusterResourceNamespace, allowedNamespaces },
      read: references.read,
    },
    signal,
  );
  const { bad } = references;
  const { result } = resolution;
  const known = result.ok || bad.some(({ problem }) => problem.message === result.error.message);
  return {
    view,
    createdAt: Date.parse(object.metadata.creationTimestamp ?? ''),
    ...checkIntervalOf(object, signers),
    refNamespaces: [...new Set(resolution.references.map(({ namespace }) => namespace))],
    ...(result.ok ? loginOf(result.value, view.key.namespace ?? rbac.clusterResourceNamespace) : {}),
    bad,
    ...(known ? {} : { problem: result.error }),
  };
}

function checkIntervalOf({ spec }: Issuer, signers: readonly SignerDefinition[]): Pick<IssuerFacts, 'checkIntervalMs'> {
  const parsed = parseIssuerSpec(spec, signers);
  if (!parsed.ok || !parsed.value.healthCheck.enabled) return {};
  return { checkIntervalMs: parsed.value.healthCheck.intervalMs };
}

/** Of a kind of ours, whatever its group says, and without a certificate. */
function isOpen({ metadata, spec, status }: CertificateRequest): boolean {
  return metadata.deletionTimestamp === undefined && nameOfOurs(spec.issuerRef) && (status?.certificate ?? '') === '';
}
