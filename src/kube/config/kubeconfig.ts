import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { messageOf } from '../../lib/errors.ts';
import { KubeConfigError } from './config-error.ts';
import {
  clusterSchema,
  contextSchema,
  invalid,
  outlineSchema,
  parsePart,
  userSchema,
  type KubeCluster,
  type KubeUser,
  type Place,
} from './schema.ts';

/** A part of a kubeconfig with the place it was read from, for messages and relative paths. */
export interface Placed<T> {
  readonly value: T;
  readonly place: Place;
}

/** One kubeconfig file, whose clusters and users are not looked into yet. */
export interface KubeConfigFile {
  readonly file: string;
  readonly outline: z.output<typeof outlineSchema>;
}

/** What one context of the merged files says. */
export interface SelectedContext {
  /** The name of the cluster. */
  readonly clusterName: string;
  readonly cluster: Placed<KubeCluster>;
  readonly user: Placed<KubeUser>;
}

/**
 * Reads the text of one kubeconfig, YAML or JSON; `file` is its path, for messages.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function parseKubeConfig(text: string, file: string): KubeConfigFile {
  const lines = new LineCounter();
  // Pretty errors would quote the line, and the line may be a token.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new KubeConfigError('InvalidConfig', `${file}: not valid YAML at line ${line}, column ${col} (${error.code})`);
  }
  return { file, outline: parsePart(outlineSchema, toPlain(document, file) ?? {}, { file, path: '' }) };
}

/**
 * Merges the files as kubectl does (the first that names a cluster, a user, a context or a current context wins) and
 * reads what the wanted context, else the current one, says.
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export function selectContext(files: readonly KubeConfigFile[], wanted: string | undefined): SelectedContext {
  const where = files.map(({ file }) => file).join(', ');
  const name = wanted ?? files.map(({ outline }) => outline['current-context']).find((current) => current !== undefined);
  const contexts = entriesOf(files, 'contexts', 'context');
  const known = `known contexts: ${[...contexts.keys()].join(', ') || 'none'}`;
  if (name === undefined) {
    throw new KubeConfigError('InvalidConfig', `${where}: current-context is not set; set it or pass --context (${known})`);
  }
  const found = contexts.get(name);
  if (found === undefined) {
    const origin = wanted === undefined ? 'current-context' : '--context';
    throw new KubeConfigError('InvalidConfig', `${where}: there is no context "${name}", which ${origin} names; ${known}`);
  }
  const context = parsePart(contextSchema, found.value, found.place);
  const cluster = referred(entriesOf(files, 'clusters', 'cluster'), context.cluster, found.place, 'cluster');
  const user =
    context.user === undefined
      ? { value: {}, place: found.place }
      : referred(entriesOf(files, 'users', 'user'), context.user, found.place, 'user');
  return {
    clusterName: context.cluster,
    cluster: { value: parsePart(clusterSchema, cluster.value, cluster.place), place: cluster.place },
    user: { value: parsePart(userSchema, user.value ?? {}, user.place), place: user.place },
  };
}

function toPlain(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (cause) {
    throw new KubeConfigError('InvalidConfig', `${file}: not valid YAML: ${messageOf(cause)}`, { cause });
  }
}

function entriesOf(
  files: readonly KubeConfigFile[],
  list: 'clusters' | 'users' | 'contexts',
  field: 'cluster' | 'user' | 'context',
): ReadonlyMap<string, Placed<unknown>> {
  const entries = new Map<string, Placed<unknown>>();
  for (const { file, outline } of files) {
    for (const [index, entry] of outline[list].entries()) {
      if (entries.has(entry.name)) continue;
      const value = (entry as Readonly<Record<string, unknown>>)[field];
      entries.set(entry.name, { value, place: { file, path: `${list}[${index}].${field}` } });
    }
  }
  return entries;
}

function referred(
  entries: ReadonlyMap<string, Placed<unknown>>,
  name: string,
  place: Place,
  field: 'cluster' | 'user',
): Placed<unknown> {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  throw invalid(place, field, `there is no ${field} "${name}"; known: ${[...entries.keys()].join(', ') || 'none'}`);
}
