import { isKubeError, isRefusedForGood, KubeApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, Resource } from '../kube/resource.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { RequestServiceAccountToken } from '../signers/signer.ts';

/** What the subresource `token` of a ServiceAccount takes and answers. */
interface TokenRequest extends KubeObject {
  readonly spec?: { readonly audiences: readonly string[]; readonly expirationSeconds: number };
  readonly status?: { readonly token?: unknown; readonly expirationTimestamp?: unknown };
}

const serviceAccounts: Resource<TokenRequest> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};

/** The shortest that the API server gives: a token is used for one login. */
const expirationSeconds = 600;

/**
 * Makes what asks the API server for tokens of ServiceAccounts in one namespace. An error's code is AuthError where somebody must
 * change something, TokenRequestFailed where the API server gives no answer.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
export function createTokenRequester(client: Pick<KubeClient, 'create'>, namespace: string): RequestServiceAccountToken {
  return async ({ serviceAccount: name, audience }, signal) => {
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace, name },
      spec: { audiences: [audience], expirationSeconds },
    };
    try {
      const { status } = await client.create(serviceAccounts, request, { subresource: 'token', signal });
      const expiresAt = Date.parse(String(status?.expirationTimestamp));
      if (typeof status?.token === 'string' && status.token !== '' && !Number.isNaN(expiresAt)) {
        return isForItself(status.token, audience) ? refusedAudience(audience) : ok({ token: status.token, expiresAt });
      }
      const message = `The API server answered without a token for ${words(name, namespace)}.`;
      return err({ code: 'TokenRequestFailed', message });
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      return err(problemOf(error, name, namespace));
    }
  };
}

/**
 * Whether the API server takes the token itself, as it does where the audience is its own name, unless --api-audiences says otherwise;
 * whoever is sent such a token has the rights of the ServiceAccount in the cluster.
 */
function isForItself(token: string, audience: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null && 'iss' in claims && claims.iss === audience;
  } catch {
    return false;
  }
}

function refusedAudience(audience: string): Result<never, { readonly code: string; readonly message: string }> {
  const message =
    `The audience "${audience.slice(0, 200)}" is that of the API server itself: whoever is sent the token would have the rights of the ` +
    'ServiceAccount in the cluster. Leave serviceAccountRef.audience out, or write one that only the server of the login takes.';
  return err({ code: 'AuthError', message });
}

function problemOf(error: KubeApiError, name: string, namespace: string): { readonly code: string; readonly message: string } {
  if (isKubeError(error, 'Forbidden')) {
    return {
      code: 'AuthError',
      message:
        `The controller may not make a token of ${words(name, namespace)}. Bind a Role in namespace "${namespace}" to its ServiceAccount, ` +
        `with the verb create on serviceaccounts/token and resourceNames ["${name}"].`,
    };
  }
  if (isKubeError(error, 'NotFound')) {
    const message = `${words(name, namespace)} does not exist. Create it, or correct the name in serviceAccountRef.`;
    return { code: 'AuthError', message };
  }
  const code = isRefusedForGood(error) ? 'AuthError' : 'TokenRequestFailed';
  return { code, message: `No token of ${words(name, namespace)}: ${error.message}` };
}

function words(name: string, namespace: string): string {
  return `ServiceAccount "${name}" in namespace "${namespace}"`;
}
