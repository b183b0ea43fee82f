import type { IssuerRef } from '../../api/certificate-request.ts';
import type { Condition } from '../../api/conditions.ts';
import { certManagerGroup, group, issuerKinds } from '../../api/group.ts';
import { externalClusterIssuers, externalIssuers } from '../../api/resources.ts';
import { viewIssuer } from '../../issuing/issuer-view.ts';
import type { IssuerView } from '../../issuing/request-view.ts';
import type { KubeClient } from '../../kube/client.ts';
import { listPages } from '../../kube/pages.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import { newestEvents } from './events.ts';
import { missingWords, reportOn, seen, unseen, type ObjectReport } from './report.ts';

/** An issuer of anybody. */
interface AnyIssuer extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** The issuer of a request, and whether it is known to be missing. */
export interface FoundIssuer {
  readonly report: ObjectReport;
  readonly isMissing: boolean;
  /** Its Ready condition is True and of its present generation. */
  readonly isReady?: boolean;
}

/** Looks at the issuer that is named in a namespace; undefined for a kind that is not known here. */
export async function findIssuer(
  client: Pick<KubeClient, 'get' | 'list'>,
  ref: IssuerRef,
  namespace: string,
  signal: AbortSignal,
): Promise<FoundIssuer | undefined> {
  const resource = resourceOf(ref);
  if (resource === undefined) return undefined;
  const key = resource.namespaced ? { namespace, name: ref.name } : { name: ref.name };
  const found = await seen(async () => await client.get(resource, key, { signal }));
  if (!found.ok) return { report: unseen(resource.kind, key, found.error), isMissing: found.error === missingWords };
  const events = await newestEvents(client, found.value.metadata, signal);
  const conditions = found.value.status?.conditions;
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const { generation } = found.value.metadata;
  const facts = ready === undefined ? { state: 'no controller has looked at it' } : {};
  const isReady = ready?.status === 'True' && (ready.observedGeneration ?? generation) === generation;
  return { report: reportOn(resource.kind, found.value, facts, { conditions, events }), isMissing: false, isReady };
}

/** Our issuers that a request of the namespace could mean, and the kinds that could not be seen. */
export async function findOurIssuers(
  client: Pick<KubeClient, 'get' | 'list'>,
  ref: IssuerRef,
  namespace: string,
  signal: AbortSignal,
): Promise<{ readonly issuers: readonly IssuerView[]; readonly unseenKinds: readonly string[] }> {
  const issuers: IssuerView[] = [];
  const unseenKinds: string[] = [];
  for (const names of issuerKinds) {
    const resource = names.namespaced ? externalIssuers : externalClusterIssuers;
    const where = names.namespaced ? { namespace } : {};
    const listed = await seen(async () => {
      const views: IssuerView[] = [];
      for await (const { items } of listPages(client, resource, where, signal)) {
        views.push(...items.map((object) => viewIssuer(names, object)));
      }
      return views;
    });
    if (listed.ok) {
      issuers.push(...listed.value);
      continue;
    }
    // Who may not list them may still be allowed to get the one.
    const one = await seen(async () => viewIssuer(names, await client.get(resource, { ...where, name: ref.name }, { signal })));
    if (one.ok) issuers.push(one.value);
    else if (one.error !== missingWords) unseenKinds.push(names.kind);
  }
  return { issuers, unseenKinds };
}

/**
 * The names under which cert-manager's approver asks for its right to approve: for all issuers of the kind, and for this one. Undefined
 * for a kind that is not known here.
 */
export function approvalNames(ref: IssuerRef, namespace: string): readonly [all: string, one: string] | undefined {
  const resource = resourceOf(ref);
  if (resource === undefined) return undefined;
  const domain = `${resource.plural}.${resource.group}`;
  return [`${domain}/*`, `${domain}/${resource.namespaced ? `${namespace}.` : ''}${ref.name}`];
}

function resourceOf({ group: written, kind }: IssuerRef): Resource<AnyIssuer> | undefined {
  if (written === group) {
    // cert-manager leaves kind away where it is its own Issuer; with our group it means ours.
    const names = issuerKinds.find((each) => each.kind === (kind || 'ExternalIssuer'));
    return names === undefined ? undefined : names.namespaced ? externalIssuers : externalClusterIssuers;
  }
  if (written !== undefined && written !== '' && written !== certManagerGroup) return undefined;
  if (kind !== undefined && kind !== '' && kind !== 'Issuer' && kind !== 'ClusterIssuer') return undefined;
  const namespaced = kind !== 'ClusterIssuer';
  const words = namespaced ? { kind: 'Issuer', plural: 'issuers' } : { kind: 'ClusterIssuer', plural: 'clusterissuers' };
  return { group: certManagerGroup, version: 'v1', ...words, namespaced };
}
