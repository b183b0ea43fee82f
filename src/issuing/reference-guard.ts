import { group } from '../api/group.ts';
import { subjectAccessReviews, type SubjectAccessReview } from '../api/resources.ts';
import { KubeApiError, isKubeError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { failed, waitFor } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import { issuerWords, type IssuerKey, type Requester, type RequestView } from './request-view.ts';

/** When the API server is asked again that could not say whether a request may name its issuer, in milliseconds. */
const askAgainMs = 30_000;

/**
 * Guards the issuers of namespaces: who makes a request that belongs to no namespace may use one only with the verb
 * `reference` on the resource `signers` of this group, in the issuer's namespace, for the issuer's name or for `*`.
 * Gives the conclusion of a request that may not; undefined for one that may, or that names a cluster issuer.
 * @see https://cert-manager.io/docs/usage/kube-csr/#referencing-namespaced-issuers
 */
export function createReferenceGuard(
  client: Pick<KubeClient, 'create'>,
  now: () => number,
): (request: RequestView, signal: AbortSignal) => Promise<Conclusion | undefined> {
  return async ({ issuer, requester }, signal) => {
    if ('unknownKind' in issuer || issuer.namespace === undefined) return undefined;
    if (requester === undefined || requester.username === '') return refusal(issuer, 'nobody');
    try {
      for (const name of [issuer.name, '*']) {
        const { status } = await client.create(subjectAccessReviews, reviewOf(requester, issuer.namespace, name), { signal });
        if (status?.allowed === true) return undefined;
      }
      return refusal(issuer, requester.username);
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      return unanswered(error, now());
    }
  };
}

function reviewOf({ username, uid, groups, extra }: Requester, namespace: string, name: string): SubjectAccessReview {
  return {
    // A review has no name: it is not kept.
    metadata: { name: '' },
    spec: {
      user: username,
      groups,
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
      resourceAttributes: { group, resource: 'signers', verb: 'reference', namespace, name },
    },
  };
}

function refusal(issuer: IssuerKey & { readonly namespace?: string }, username: string): Conclusion {
  const { namespace = '', name } = issuer;
  return failed(
    'DeniedReference',
    `User "${username.slice(0, 200)}" may not use ${issuerWords(issuer)}. Bind a Role in namespace "${namespace}" to them with the verb ` +
      `"reference" on resource "signers" of group "${group}" with resourceName "${name}", and make the request again.`,
  );
}

function unanswered(error: KubeApiError, now: number): Conclusion {
  const fix = isKubeError(error, 'Forbidden')
    ? 'Give the controller the verb "create" on "subjectaccessreviews" of group "authorization.k8s.io": apply deploy/rbac.yaml.'
    : 'See whether the API server is well.';
  return waitFor(
    'AccessReviewFailed',
    `Whether the requester may use the issuer is not known: ${error.message}. ${fix}`,
    now,
    askAgainMs,
  );
}
