import { dirname, resolve } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Environment } from '../../lib/no-proxy.ts';
import { fileBytes, fixedBytes, type Bytes } from './bytes.ts';
import type { ExecCluster } from './exec-run.ts';
import { createExecIdentity } from './exec.ts';
import { bearerHeader, type Header, type Identity } from './identity.ts';
import type { Placed } from './kubeconfig.ts';
import { invalid, type KubeUser, type Place } from './schema.ts';

/**
 * Makes the identity of a kubeconfig user; relative paths are resolved against the kubeconfig's folder. A user with a
 * token and a certificate shows both, as kubectl does. What is not supported is refused, never ignored.
 */
export function createUserIdentity(
  user: Placed<KubeUser>,
  cluster: ExecCluster,
  deps: { readonly clock: Clock; readonly env: Environment },
): Identity {
  const { value, place } = user;
  refuseUnsupported(value, place);
  const certificate = pairOf(value, place, deps.clock);
  const shown = headerOf(value, place, deps.clock);
  // A static credential counts before a plugin's, as in kubectl.
  if (value.exec && shown === undefined && certificate === undefined) {
    return createExecIdentity({ value: value.exec, place: { ...place, path: `${place.path}.exec` } }, cluster, deps);
  }
  return {
    authorization: async () => await shown?.read(),
    certificate: async () => {
      if (certificate === undefined) return undefined;
      const [cert, key] = await Promise.all([certificate.cert.read(), certificate.key.read()]);
      return { cert, key };
    },
    refused() {
      shown?.expire();
      certificate?.cert.expire();
      certificate?.key.expire();
    },
  };
}

function headerOf(user: KubeUser, place: Place, clock: Clock): Header | undefined {
  const basic = user.username !== undefined || user.password !== undefined;
  const bearer = user.token !== undefined || user.tokenFile !== undefined;
  if (basic && bearer) throw invalid(place, 'token', 'remove it or username and password; only one can be sent');
  if (basic) {
    if ((user.username ?? '').includes(':')) throw invalid(place, 'username', 'must not hold a colon (RFC 7617)');
    const value = `Basic ${Buffer.from(`${user.username ?? ''}:${user.password ?? ''}`, 'utf8').toString('base64')}`;
    return { read: () => Promise.resolve(value), expire: () => undefined };
  }
  const token = bytesOf(user.tokenFile === undefined ? user.token : undefined, user.tokenFile, place, 'tokenFile', clock);
  return token && bearerHeader(token, `${place.file}: ${place.path}.${user.tokenFile === undefined ? 'token' : 'tokenFile'}`);
}

function pairOf(user: KubeUser, place: Place, clock: Clock): { readonly cert: Bytes; readonly key: Bytes } | undefined {
  const cert = bytesOf(user['client-certificate-data'], user['client-certificate'], place, 'client-certificate', clock);
  const key = bytesOf(user['client-key-data'], user['client-key'], place, 'client-key', clock);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw invalid(place, 'client-certificate', 'missing, although client-key is set');
  if (key === undefined) throw invalid(place, 'client-key', 'missing, although client-certificate is set');
  return { cert, key };
}

/** What a field and its `-data` form give together; the data counts first. */
export function bytesOf(
  data: Buffer | string | undefined,
  path: string | undefined,
  place: Place,
  field: string,
  clock: Clock,
): Bytes | undefined {
  if (data !== undefined) return fixedBytes(Buffer.from(data));
  if (path === undefined) return undefined;
  return fileBytes(resolve(dirname(place.file), path), `${place.file}: ${place.path}.${field}`, clock);
}

function refuseUnsupported(user: KubeUser, place: Place): void {
  const extra = Object.keys(user['as-user-extra'] ?? {});
  if (user.as !== undefined || user['as-uid'] !== undefined || user['as-groups'].length > 0 || extra.length > 0) {
    throw invalid(place, 'as', 'impersonation is not supported; use a user that has the rights itself');
  }
  if (user['auth-provider'] !== undefined && user['auth-provider'] !== null) {
    throw invalid(place, 'auth-provider', 'not supported, Kubernetes removed it in 1.26; use exec with a credential plugin');
  }
}
