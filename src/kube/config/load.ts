import { readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Environment } from '../../lib/no-proxy.ts';
import type { Connection } from '../connection.ts';
import { KubeConfigError } from './config-error.ts';
import { createRotatingDispatcher } from './dispatcher.ts';
import { baseOf, endpointOf, execClusterOf } from './endpoint.ts';
import { createInClusterConnection, serviceAccountFolder, whyNotInCluster } from './in-cluster.ts';
import { parseKubeConfig, selectContext, type KubeConfigFile, type SelectedContext } from './kubeconfig.ts';
import { invalid } from './schema.ts';
import { bytesOf, createUserIdentity } from './user.ts';

/** What the command line and the environment say of the cluster. */
export interface LoadOptions {
  /** The flag: one path, or several joined as in $KUBECONFIG, which must all be there. */
  readonly kubeconfig?: string | undefined;
  /** The context to use instead of the current one; in a pod it means a kubeconfig is wanted. */
  readonly context?: string | undefined;
  readonly env: Environment;
}

/**
 * Finds the API server as kubectl and client-go do: the flag, else $KUBECONFIG, else the pod's ServiceAccount, else
 * `~/.kube/config`. Credentials are fetched once, so that what cannot work is said here.
 * @throws KubeConfigError that says what was looked for, or which field of which file is wrong.
 */
export async function loadConnection(
  options: LoadOptions,
  deps: { readonly clock: Clock; readonly serviceAccountFolder?: string },
): Promise<Connection> {
  const connection = await find(options, deps.clock, deps.serviceAccountFolder ?? serviceAccountFolder);
  try {
    await Promise.all([connection.dispatcher(), connection.authorization()]);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function find({ kubeconfig, context, env }: LoadOptions, clock: Clock, folder: string): Promise<Connection> {
  const fromFiles = async (files: readonly KubeConfigFile[]) => await connect(selectContext(files, context), env, clock);
  if (kubeconfig) {
    const { files, missing } = await readAll(kubeconfig);
    const [first] = missing;
    if (first !== undefined) throw new KubeConfigError('NoConfig', `--kubeconfig: there is no file ${first}`);
    return await fromFiles(files);
  }
  const named = env['KUBECONFIG'];
  if (named) {
    const { files, missing } = await readAll(named);
    if (files.length > 0) return await fromFiles(files);
    throw new KubeConfigError('NoConfig', `KUBECONFIG: none of these files exists: ${missing.join(', ')}`);
  }
  const outside = context ? 'not asked for, since --context names one of a kubeconfig' : await whyNotInCluster(env, folder);
  if (outside === undefined) return await createInClusterConnection(env, folder, clock);
  const home = env['HOME'] || env['USERPROFILE'];
  const usual = home ? join(home, '.kube', 'config') : undefined;
  const { files } = await readAll(usual ?? '');
  if (files.length > 0) return await fromFiles(files);
  const looked = [
    '--kubeconfig: not given',
    '$KUBECONFIG: not set',
    `a pod's service account: ${outside}`,
    usual === undefined ? '~/.kube/config: HOME is not set' : `${usual}: no such file`,
  ];
  throw new KubeConfigError(
    'NoConfig',
    `no way to a Kubernetes API server. Looked for ${looked.join('; ')}. Give --kubeconfig FILE.`,
  );
}

async function connect({ cluster, user }: SelectedContext, env: Environment, clock: Clock): Promise<Connection> {
  const { value, place } = cluster;
  const endpoint = endpointOf(cluster, env);
  const ca = bytesOf(
    value['certificate-authority-data'],
    value['certificate-authority'],
    place,
    'certificate-authority',
    clock,
  );
  const identity = createUserIdentity(user, execClusterOf(cluster, await ca?.read()), { clock, env });
  if (endpoint.server.protocol === 'http:' && !isLoopback(endpoint.server) && (await identity.authorization()) !== undefined) {
    throw invalid(place, 'server', 'is http, where anybody on the way could read the credentials; use https');
  }
  const connections = createRotatingDispatcher(endpoint, async () => {
    const [bundle, pair] = await Promise.all([ca?.read(), identity.certificate()]);
    return { ca: bundle, cert: pair?.cert, key: pair?.key };
  });
  return {
    server: baseOf(endpoint.server),
    dispatcher: async () => await connections.get(),
    authorization: async () => await identity.authorization(),
    refused: () => identity.refused(),
    close: async () => await connections.close(),
  };
}

async function readAll(
  list: string,
): Promise<{ readonly files: readonly KubeConfigFile[]; readonly missing: readonly string[] }> {
  const files: KubeConfigFile[] = [];
  const missing: string[] = [];
  for (const path of new Set(list.split(delimiter).filter((part) => part !== ''))) {
    const file = resolve(path);
    try {
      files.push(parseKubeConfig(await readFile(file, 'utf8'), file));
    } catch (cause) {
      if (cause instanceof KubeConfigError) throw cause;
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) {
        throw new KubeConfigError('InvalidConfig', `${file} cannot be read: ${messageOf(cause)}`, { cause });
      }
      missing.push(file);
    }
  }
  return { files, missing };
}

function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);
}
