import { mustKubectl, type Kubectl } from './kubectl.ts';

/** What a service account wants to do; `group` is that of the API, `name` that of the object. */
export interface WantedAccess {
  readonly account: { readonly namespace: string; readonly name: string };
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * Asks the API server by a SubjectAccessReview. It knows resources that are not served, such as cert-manager's
 * `signers`, which `kubectl auth can-i` does not.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
export async function isAllowed(kubectl: Kubectl, wanted: WantedAccess): Promise<boolean> {
  const { account, ...resourceAttributes } = wanted;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${account.namespace}:${account.name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'],
      resourceAttributes,
    },
  };
  const args = ['create', '--filename=-', '--output=jsonpath={.status.allowed}'];
  return (await mustKubectl(kubectl, args, JSON.stringify(review))) === 'true';
}
