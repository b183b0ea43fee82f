import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseKubeConfig, selectContext, type KubeConfigFile, type SelectedContext } from '../../kube/config/kubeconfig.ts';
import { clusterSchema, type KubeCluster, parsePart } from '../../kube/config/schema.ts';
import { messageOf } from '../../lib/errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { printable } from '../../lib/printable.ts';
import type { ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure, usageError } from '../deps.ts';
import { readIfThere } from './files.ts';
import type { NewCluster } from './kubeconfig-edit.ts';

/** The kubeconfig files that are used, in kubectl's order; the first one is written to where there is a choice. None without a HOME. */
export function kubeconfigFiles(
  { kubeconfig }: Pick<ClusterFlags, 'kubeconfig'>,
  { env }: Pick<CliDeps, 'env'>,
): readonly string[] {
  const home = env['HOME'] || env['USERPROFILE'];
  const usual = home ? join(home, '.kube', 'config') : '';
  return (kubeconfig || env['KUBECONFIG'] || usual).split(delimiter).filter((file) => file !== '');
}

/** The text of a kubeconfig; '' where the file is not there. @throws {CodedError} `Failed` */
export async function readKubeconfig(file: string): Promise<string> {
  return (await readIfThere(file)) ?? '';
}

/** A cluster as a kubeconfig is to hold it; the server and its CA only where the file has it not yet. */
export interface WantedCluster {
  readonly name: string;
  readonly cluster?: NewCluster;
}

/**
 * The cluster that a context is to be for: that of `--server`, else the one that `--cluster` names in `out`, else that of the context in use,
 * which is copied where `out` is another file.
 */
export async function wantedCluster(
  flags: ClusterFlags & { readonly cluster?: string; readonly server?: string; readonly certificateAuthority?: string },
  out: string,
  deps: Pick<CliDeps, 'env'>,
): Promise<WantedCluster> {
  const { cluster: name, server, certificateAuthority } = flags;
  if (server === undefined) {
    if (certificateAuthority !== undefined)
      throw usageError('--certificate-authority: belongs to --server, which is not given');
    return await clusterInUse(flags, out, deps);
  }
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') {
    throw usageError(
      `--server: "${printable(server.slice(0, 200))}" is no address of an API server; write it as https://10.0.0.1:6443`,
    );
  }
  const caPem = certificateAuthority === undefined ? undefined : await readCa(certificateAuthority);
  return { name: name ?? 'kubernetes', cluster: { server, ...(caPem === undefined ? {} : { caPem }) } };
}

async function clusterInUse(
  flags: ClusterFlags & { readonly cluster?: string },
  out: string,
  deps: Pick<CliDeps, 'env'>,
): Promise<WantedCluster> {
  const files: KubeConfigFile[] = [];
  const wanted = flags.cluster;
  // What is named may be in the file that is written, and then in no other.
  for (const file of new Set([...kubeconfigFiles(flags, deps), ...(wanted === undefined ? [] : [out])])) {
    const text = await readKubeconfig(file);
    if (text !== '') files.push(parseKubeConfig(text, file));
  }
  if (files.length === 0) {
    throw commandFailure('--server: there is no kubeconfig that names a cluster; give --server and --certificate-authority');
  }
  const { cluster, clusterName } = wanted === undefined ? selectContext(files, flags.context) : selectCluster(files, wanted);
  if (resolve(cluster.place.file) === resolve(out)) return { name: clusterName };
  const { server, 'certificate-authority-data': data, 'certificate-authority': file } = cluster.value;
  const caPem =
    data?.toString('utf8') ?? (file === undefined ? undefined : await readCa(resolve(dirname(cluster.place.file), file)));
  return { name: clusterName, cluster: { server, more: moreOf(cluster.value), ...(caPem === undefined ? {} : { caPem }) } };
}

function selectCluster(files: readonly KubeConfigFile[], wanted: string): Pick<SelectedContext, 'cluster' | 'clusterName'> {
  const entries = files.flatMap(({ file, outline }) =>
    outline.clusters.map((entry, index) => ({ ...entry, place: { file, path: `clusters[${index}].cluster` } })),
  );
  const found = entries.find(({ name }) => name === wanted);
  if (found === undefined) {
    const known = entries.map(({ name }) => oneLine(name, 100)).join(', ') || 'none';
    throw commandFailure(
      `--cluster: there is no cluster "${oneLine(wanted, 200)}"; known: ${known}. Give one, or its --server`,
    );
  }
  return { clusterName: wanted, cluster: { value: parsePart(clusterSchema, found.cluster, found.place), place: found.place } };
}

/** What a copy of a cluster needs besides, to be reached in the same way. */
function moreOf(cluster: KubeCluster): NonNullable<NewCluster['more']> {
  const { 'tls-server-name': serverName, 'proxy-url': proxy, 'insecure-skip-tls-verify': insecure } = cluster;
  return {
    ...(serverName === undefined ? {} : { 'tls-server-name': serverName }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
    ...(insecure ? { 'insecure-skip-tls-verify': true } : {}),
  };
}

async function readCa(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw commandFailure(`--certificate-authority: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw commandFailure(`--certificate-authority: ${file} holds no certificate in PEM`);
}
