import { mustKubectl } from '../../controlplane/kubectl.ts';
import type { ControlPlane } from '../../controlplane/types.ts';

/** Has the API server say whose a token is, as Vault does; undefined where it is not good for that audience. */
export async function reviewToken({ kubectl }: ControlPlane, token: string, audience: string): Promise<string | undefined> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [audience] } };
  const answer = await mustKubectl(kubectl, ['create', '--filename=-', '--output=json'], JSON.stringify(review));
  const { status } = JSON.parse(answer) as { readonly status: TokenReviewStatus };
  return status.authenticated === true && status.audiences?.includes(audience) ? status.user?.username : undefined;
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/ */
interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: { readonly username?: string };
}
