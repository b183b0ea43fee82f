import { createHash } from 'node:crypto';
import { parseConfigDocument, parseConfigValue } from '../api/config-document.ts';
import { parseIssuerSpec, type IssuerSettings, type ObjectRef } from '../api/issuer-settings.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { ReferencedData, RequestServiceAccountToken, SignerInput } from '../signers/signer.ts';
import type { SeenReference } from './reference-watcher.ts';
import type { ReadReference, Reference, Referenced } from './references.ts';
import { issuerWords, type IssuerView } from './request-view.ts';

/** Which namespaces the references of issuers may be in. */
export interface ReferenceScope {
  /** Where a cluster issuer's references are. */
  readonly clusterResourceNamespace: string;
  /** Further namespaces that an administrator allows cluster issuers to name. */
  readonly allowedNamespaces: readonly string[];
}

/** All that a signer is opened with, and the hash that tells whether it is still the same. */
export interface ResolvedIssuer {
  readonly definition: SignerDefinition;
  readonly settings: IssuerSettings;
  readonly input: SignerInput<unknown>;
  readonly hash: string;
}

/** Why an issuer cannot be used; a `ConfigError` lasts until somebody changes the issuer or what it names. */
export interface IssuerProblem {
  readonly code: string;
  readonly message: string;
}

/** What came of resolving an issuer, and what it refers to: that is watched whether the issuer is usable or not. */
export interface Resolution {
  readonly result: Result<ResolvedIssuer, IssuerProblem>;
  readonly references: readonly SeenReference[];
}

/** What {@link resolveIssuer} needs from outside. */
export interface ResolveDeps {
  readonly signers: readonly SignerDefinition[];
  /** The signer types that may be used here (`--signers`). */
  readonly enabled: ReadonlySet<string>;
  readonly scope: ReferenceScope;
  readonly read: ReadReference;
  /** Asks for tokens of ServiceAccounts of that namespace; absent where there is no cluster. */
  readonly requestToken?: (namespace: string) => RequestServiceAccountToken;
}

type Read = (kind: Reference['kind'], ref: ObjectRef) => Promise<Result<Referenced, IssuerProblem>>;

/** Reads an issuer's spec and what it refers to, and gives what its signer is opened with. */
export async function resolveIssuer(issuer: IssuerView, deps: ResolveDeps, signal: AbortSignal): Promise<Resolution> {
  const references: SeenReference[] = [];
  const read: Read = async (kind, ref) => {
    const namespace = namespaceFor(issuer, ref, deps.scope);
    if (!namespace.ok) return namespace;
    const reference: Reference = { kind, namespace: namespace.value, name: ref.name, field: ref.field };
    const found = await deps.read(reference, signal);
    references.push({ ...reference, resourceVersion: (found.ok ? found.value : found.error).resourceVersion });
    return found;
  };
  const result = await resolve(issuer, deps, read);
  return { result, references };
}

async function resolve(
  issuer: IssuerView,
  { signers, enabled, scope, requestToken }: ResolveDeps,
  read: Read,
): Promise<Result<ResolvedIssuer, IssuerProblem>> {
  const parsed = parseIssuerSpec(issuer.spec, signers);
  if (!parsed.ok) return configError(parsed.error);
  const settings = parsed.value;
  const definition = signers.find(({ type }) => type === settings.signerType);
  if (definition === undefined)
    return configError(
      `spec.signerType: there is no signer ${settings.signerType}; there are ${signers.map(({ type }) => type).join(', ')}`,
    );
  if (!enabled.has(definition.type)) {
    const allowed = [...enabled].join(', ');
    return configError(
      `spec.signerType: ${definition.type} is switched off here; --signers of the controller allows ${allowed}`,
    );
  }

  const config = await configOf(settings, definition, read);
  if (!config.ok) return config;
  const references = await referencesOf(config.value, definition, read);
  if (!references.ok) return references;
  const secret = settings.authSecret === undefined ? undefined : await read('Secret', settings.authSecret);
  if (secret?.ok === false) return secret;
  const input: SignerInput<unknown> = {
    config: config.value.value,
    issuerUid: issuer.uid,
    issuer: issuer.key,
    references: references.value,
    ...(secret === undefined ? {} : { authSecret: secret.value }),
    ...(settings.authSecret?.key === undefined ? {} : { authSecretKey: settings.authSecret.key }),
    ...(requestToken === undefined
      ? {}
      : { requestToken: requestToken(issuer.key.namespace ?? scope.clusterResourceNamespace) }),
  };
  const opened = config.value.isFlat === true ? explaining(definition) : definition;
  return ok({ definition: opened, settings, input, hash: hashOf(settings, input) });
}

/** A signer's configuration, parsed, and where it is written, for messages: `spec.fake`. */
interface FoundConfig {
  readonly value: unknown;
  readonly place: string;
  /** Of keys of its own, where messages name fields that nobody has written. */
  readonly isFlat?: boolean;
}

async function configOf(
  { config }: IssuerSettings,
  definition: SignerDefinition,
  read: Read,
): Promise<Result<FoundConfig, IssuerProblem>> {
  if (config.from === 'spec') return ok({ value: config.value, place: `spec.${definition.block}` });
  const map = await read('ConfigMap', config.ref);
  if (!map.ok) return map;
  const { key, field } = config.ref;
  const { data, where } = map.value;
  const document = data.get(key);
  const flat = definition.readFlatConfigMap?.(data);
  if (document !== undefined && flat !== undefined) {
    return configError(
      `${where}: has the key "${key}" and keys for single settings beside it; set one or the others, not both`,
    );
  }
  if (document !== undefined) {
    const place = `${where}, key "${key}"`;
    return placed(parseConfigDocument(definition, Buffer.from(document).toString('utf8'), place), place, definition);
  }
  if (flat?.ok === true) {
    const parsed = parseConfigValue(definition, flat.value, where);
    if (!parsed.ok) return configError(definition.explainFlatFields?.(parsed.error) ?? parsed.error);
    return ok({ value: parsed.value, place: `${where}: ${definition.block}`, isFlat: true });
  }
  if (flat?.ok === false) return configError(`${where}: ${flat.error}`);
  const keys = [...data.keys()].slice(0, 10);
  const advice = keys.length === 0 ? 'no key' : `${keys.join(', ')}. Set ${field}.key to the one that holds the configuration`;
  return configError(`${field}.key: ${where} has no key "${key}"; it has ${advice}`);
}

function placed(
  parsed: Result<unknown, string>,
  place: string,
  { block }: SignerDefinition,
): Result<FoundConfig, IssuerProblem> {
  return parsed.ok ? ok({ value: parsed.value, place: `${place}: ${block}` }) : configError(parsed.error);
}

/** The same signer, whose problems with the configuration name the keys of the ConfigMap. */
function explaining(definition: SignerDefinition): SignerDefinition {
  return {
    ...definition,
    open: async (input) => {
      const opened = await definition.open(input);
      if (opened.ok) return opened;
      const { message } = opened.error;
      return err({ ...opened.error, message: definition.explainFlatFields?.(message) ?? message });
    },
  };
}

/** Reads what the configuration itself names; each must be where the issuer's own references must be. */
async function referencesOf(
  { value, place }: FoundConfig,
  definition: SignerDefinition,
  read: Read,
): Promise<Result<ReadonlyMap<string, ReferencedData>, IssuerProblem>> {
  const found = new Map<string, ReferencedData>();
  for (const { id, kind, field, ...named } of definition.references?.(value) ?? []) {
    const referenced = await read(kind, { ...named, field: `${place}.${field}` });
    if (!referenced.ok) return referenced;
    found.set(id, referenced.value);
  }
  return ok(found);
}

/** A namespaced issuer's references stay with it; a cluster issuer's are where the administrator has put them. */
function namespaceFor(issuer: IssuerView, ref: ObjectRef, scope: ReferenceScope): Result<string, IssuerProblem> {
  const own = issuer.key.namespace;
  if (own !== undefined) {
    if (ref.namespace === undefined || ref.namespace === own) return ok(own);
    return configError(
      `${ref.field}.namespace: is "${ref.namespace}", but ${issuerWords(issuer.key)} may only refer to its own namespace "${own}"; remove the field, or use an ExternalClusterIssuer`,
    );
  }
  const { clusterResourceNamespace, allowedNamespaces } = scope;
  const wanted = ref.namespace ?? clusterResourceNamespace;
  if (wanted === clusterResourceNamespace || allowedNamespaces.includes(wanted)) return ok(wanted);
  const allowed = [clusterResourceNamespace, ...allowedNamespaces].map((name) => `"${name}"`).join(', ');
  return configError(
    `${ref.field}.namespace: is "${wanted}", but cluster issuers may only refer to ${allowed}; see --cluster-resource-namespace and --allowed-reference-namespaces of the controller`,
  );
}

function configError(message: string): Result<never, IssuerProblem> {
  return err({ code: 'ConfigError', message });
}

const nothing: ReferencedData = { where: '', data: new Map() };

/** Of what the signer is made of, by content: a Secret written again with the same bytes, or another limit, changes nothing. */
function hashOf({ signerType }: IssuerSettings, input: SignerInput<unknown>): string {
  const hash = createHash('sha256').update(JSON.stringify([signerType, input.config, input.authSecretKey]));
  const named = [...input.references].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [id, { where, data }] of [['', input.authSecret ?? nothing] as const, ...named]) {
    const keys = [...data].toSorted(([a], [b]) => (a < b ? -1 : 1));
    hash.update(JSON.stringify([id, where, keys.map(([key, bytes]) => [key, bytes.length])]));
    for (const [, bytes] of keys) hash.update(bytes);
  }
  return hash.digest('hex');
}
