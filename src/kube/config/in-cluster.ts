import { access } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Environment } from '../../lib/no-proxy.ts';
import type { Connection } from '../connection.ts';
import { fileBytes } from './bytes.ts';
import { createRotatingDispatcher } from './dispatcher.ts';
import { baseOf, proxyFromEnvironment } from './endpoint.ts';
import { bearerHeader } from './identity.ts';

/** Where the kubelet mounts a pod's ServiceAccount. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Why this process is not in a pod with a ServiceAccount; undefined where it is. */
export async function whyNotInCluster(env: Environment, folder: string): Promise<string | undefined> {
  if (!env['KUBERNETES_SERVICE_HOST']) return 'KUBERNETES_SERVICE_HOST is not set';
  const token = join(folder, 'token');
  const there = await access(token).then(
    () => true,
    () => false,
  );
  return there ? undefined : `${token} is not there; is automountServiceAccountToken false?`;
}

/**
 * The connection of a pod to its cluster. The kubelet rotates the token, and a CA may be rotated: both are read again.
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export async function createInClusterConnection(env: Environment, folder: string, clock: Clock): Promise<Connection> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  const server = new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  const read = (name: string) => fileBytes(join(folder, name), 'in-cluster configuration', clock);
  const ca = read('ca.crt');
  const token = bearerHeader(read('token'), `in-cluster configuration: ${join(folder, 'token')}`);
  const namespace = (await read('namespace').read()).toString('utf8').trim();
  const proxy = proxyFromEnvironment(env, server);
  const connections = createRotatingDispatcher(
    { source: 'in-cluster configuration', server, insecure: false, proxy },
    async () => ({
      ca: await ca.read(),
      cert: undefined,
      key: undefined,
    }),
  );
  return {
    server: baseOf(server),
    namespace,
    dispatcher: async () => await connections.get(),
    authorization: async () => await token.read(),
    refused: () => token.expire(),
    close: async () => await connections.close(),
  };
}
