import { type Document, isMap, isSeq, parseDocument, visit, type YAMLMap } from 'yaml';
import { err, ok, type Result } from '../../lib/result.ts';

/** What an identity is in a kubeconfig; certificates and keys are PEM. */
export interface KubeconfigIdentity {
  readonly user: string;
  readonly context: string;
  readonly clusterName: string;
  /** Written where it is given; else a cluster of that name is there. */
  readonly cluster?: NewCluster;
  /** Embedded, or as files. */
  readonly credentials:
    | { readonly certPem: string; readonly keyPem: string }
    | { readonly certFile: string; readonly keyFile: string };
  /** The context becomes the current one; it does so as well where there is no other. */
  readonly use: boolean;
  /** Whether a certificate (PEM) that a user of that name shows may be replaced: it is an earlier one of the same holder. */
  readonly isOwn: (certPem: string) => boolean;
}

/** A cluster as it is to be written; `more` are its other fields: `tls-server-name`, `proxy-url`. */
export interface NewCluster {
  readonly server: string;
  readonly caPem?: string;
  readonly more?: Readonly<Record<string, string | boolean>>;
}

type List = 'clusters' | 'contexts' | 'users';

/**
 * Writes an identity into a kubeconfig; all else stays as it is, comments too.
 * @param text YAML or JSON; empty for a new one.
 * @param force entries of these names that belong to others are overwritten.
 * @returns the new text; or which entry is in the way, a clause with advice.
 */
export function addIdentity(text: string, identity: KubeconfigIdentity, force: boolean): Result<string, string> {
  const document = readDocument(text);
  if (!document.ok) return document;
  const { user, context, clusterName, cluster, credentials, use } = identity;
  const unfit = whyNoList(document.value) ?? (force ? undefined : conflictIn(document.value, identity));
  if (unfit !== undefined) return err(unfit);
  if (cluster !== undefined) {
    const { server, caPem, more } = cluster;
    const ca = caPem === undefined ? {} : { 'certificate-authority-data': base64(caPem) };
    setEntry(document.value, 'clusters', 'cluster', clusterName, { server, ...more, ...ca });
  }
  // Where there are others, another file may say which one is in use.
  const isFirst = entriesOf(document.value, 'contexts').length === 0 && !document.value.get('current-context');
  setEntry(document.value, 'users', 'user', user, userOf(credentials));
  setEntry(document.value, 'contexts', 'context', context, { cluster: clusterName, user });
  if (use || isFirst) document.value.set('current-context', context);
  return ok(textOf(document.value, text));
}

/**
 * Gives the users that show a certificate another one, with its key. `isOld` says of a certificate (PEM) whether it is meant.
 * @returns the new text, and the names of the users that were changed.
 */
export function swapCredentials(
  text: string,
  isOld: (certPem: string) => boolean,
  fresh: { readonly certPem: string; readonly keyPem: string },
): Result<{ readonly text: string; readonly users: readonly string[] }, string> {
  const document = readDocument(text);
  if (!document.ok) return document;
  const changed: string[] = [];
  for (const entry of entriesOf(document.value, 'users')) {
    const user = entry.get('user');
    if (!isMap(user)) continue;
    const data = user.get('client-certificate-data');
    if (typeof data !== 'string' || !isOld(Buffer.from(data, 'base64').toString('utf8'))) continue;
    for (const [field, value] of Object.entries(userOf(fresh))) user.set(field, value);
    changed.push(String(entry.get('name')));
  }
  return ok({ text: changed.length === 0 ? text : textOf(document.value, text), users: changed });
}

function readDocument(text: string): Result<Document, string> {
  if (text.trim() === '') {
    return ok(parseDocument('apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n') as Document);
  }
  // Pretty errors would quote the line, and the line may be a key.
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return err('it is no YAML; mend it first');
  if (!isMap(document.contents)) return err('it is no kubeconfig; give another file');
  let hasAlias = false;
  visit(document, {
    Alias: () => {
      hasAlias = true;
      return visit.BREAK;
    },
  });
  // What two entries share, a change of the one would change in the other.
  return hasAlias ? err('it has YAML aliases (*name); write out what they stand for') : ok(document as Document);
}

/** The text of a changed document; JSON stays JSON. */
function textOf(document: Document, before: string): string {
  try {
    JSON.parse(before);
  } catch {
    return document.toString({ lineWidth: 0 });
  }
  return `${JSON.stringify(document.toJSON(), null, 2)}\n`;
}

/** A list may be absent or null; what is neither would be lost. */
function whyNoList(document: Document): string | undefined {
  const wrong = (['clusters', 'contexts', 'users'] as const).find(
    (list) => !isSeq(document.get(list)) && (document.get(list) ?? null) !== null,
  );
  return wrong === undefined ? undefined : `its field ${wrong} is no list; mend it first`;
}

function userOf(credentials: KubeconfigIdentity['credentials']): Readonly<Record<string, string>> {
  if ('certFile' in credentials) {
    return { 'client-certificate': credentials.certFile, 'client-key': credentials.keyFile };
  }
  const { certPem, keyPem } = credentials;
  return { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem) };
}

const caFields = ['certificate-authority', 'certificate-authority-data'];
const ownFields = ['client-certificate', 'client-certificate-data', 'client-key', 'client-key-data'];

/** An entry of the same name that is somebody else's: a user who logs in otherwise, a context or a cluster that leads elsewhere. */
function conflictIn(document: Document, identity: KubeconfigIdentity): string | undefined {
  const { user, context, clusterName, cluster } = identity;
  const found = (list: List, name: string, field: string): Readonly<Record<string, unknown>> | undefined => {
    const value = entryOf(document, list, name)?.toJSON() as Readonly<Record<string, unknown>> | undefined;
    return value === undefined ? undefined : ((value[field] ?? {}) as Readonly<Record<string, unknown>>);
  };
  const otherUser = whyOtherUser(found('users', user, 'user') ?? {}, identity);
  if (otherUser !== undefined)
    return `it has a user "${user}" with ${otherUser}; give another --user, or --force to replace it`;
  const there = found('contexts', context, 'context');
  if (there !== undefined && (there['user'] !== user || there['cluster'] !== clusterName)) {
    return `it has a context "${context}" for another user or cluster; give another --context-name, or --force to replace it`;
  }
  const known = cluster === undefined ? undefined : found('clusters', clusterName, 'cluster');
  if (known === undefined || known['server'] === cluster?.server) return undefined;
  return `it has a cluster "${clusterName}" with another server; give another --cluster, or --force to replace it`;
}

/** By what a user is somebody else's: another way to log in, or the certificate of another holder, whose key would be lost. */
function whyOtherUser(
  value: Readonly<Record<string, unknown>>,
  { credentials, isOwn }: KubeconfigIdentity,
): string | undefined {
  const other = Object.keys(value).find((field) => !ownFields.includes(field));
  if (other !== undefined) return other;
  const { 'client-certificate-data': data, 'client-certificate': file } = value;
  if (typeof data === 'string' && data !== '' && !isOwn(Buffer.from(data, 'base64').toString('utf8'))) {
    return 'the certificate of somebody else';
  }
  const ownFile = 'certFile' in credentials ? credentials.certFile : undefined;
  return typeof file === 'string' && file !== '' && file !== ownFile ? `the certificate ${file}` : undefined;
}

function entriesOf(document: Document, list: List): readonly YAMLMap[] {
  const found = document.get(list);
  return isSeq(found) ? found.items.filter((item) => isMap(item)) : [];
}

function entryOf(document: Document, list: List, name: string): YAMLMap | undefined {
  return entriesOf(document, list).find((entry) => entry.get('name') === name);
}

function setEntry(
  document: Document,
  list: List,
  field: 'cluster' | 'context' | 'user',
  name: string,
  value: Readonly<Record<string, string | boolean>>,
): void {
  const entry = entryOf(document, list, name);
  if (entry === undefined) {
    const found = document.get(list);
    const made = document.createNode({ name, [field]: value });
    if (isSeq(found)) {
      // An empty list is written as [], in which entries would be written on one line.
      if (found.items.length === 0) found.flow = false;
      found.add(made);
    } else document.set(list, document.createNode([made]));
    return;
  }
  const old = entry.get(field);
  // Of a user nothing stays: a token beside a certificate would make two of one.
  if (!isMap(old) || (field === 'user' && Object.keys(old.toJSON() as object).some((key) => !ownFields.includes(key)))) {
    entry.set(field, document.createNode(value));
    return;
  }
  for (const outdated of outdatedFields(field, old, value)) old.delete(outdated);
  for (const [key, text] of Object.entries(value)) old.set(key, text);
}

/** The fields that the new ones replace, or that would contradict them. The CA of a server stays where no other one is given. */
function outdatedFields(
  field: 'cluster' | 'context' | 'user',
  old: YAMLMap,
  value: Readonly<Record<string, string | boolean>>,
): readonly string[] {
  if (field === 'user') return ownFields;
  if (field === 'context') return [];
  const hasCa = 'certificate-authority-data' in value;
  if (hasCa) return [...caFields, 'insecure-skip-tls-verify'];
  return old.get('server') === value['server'] && value['insecure-skip-tls-verify'] !== true ? [] : caFields;
}

function base64(pem: string): string {
  return Buffer.from(pem, 'utf8').toString('base64');
}
