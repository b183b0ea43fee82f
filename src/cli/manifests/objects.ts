import * as z from 'zod';
import { namespaceField, objectNameField } from '../../api/field-types.ts';
import { group, issuerKinds, version, type IssuerKindNames } from '../../api/group.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { ConfigMap, Secret } from '../../api/resources.ts';
import { parseFields, unknownFields } from '../../lib/fields.ts';
import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { ManifestDocument } from './documents.ts';

/** An object that an issuer is tried with, or a note about one that is not needed. */
export type ManifestObject = { readonly place: string } & (
  | { readonly is: 'issuer'; readonly names: IssuerKindNames; readonly object: Issuer; at(problem: string): string }
  | { readonly is: 'ConfigMap'; readonly object: ConfigMap }
  | { readonly is: 'Secret'; readonly object: Secret }
  | { readonly is: 'ignored'; readonly note: string }
);

const metadata = z.looseObject({
  name: objectNameField('Name.'),
  namespace: namespaceField('Namespace.').nullish(),
});
const text = z.record(z.string(), z.string()).nullish();
const bytesOr = (advice: string): z.ZodString => z.string().refine(isBase64, `is not base64${advice}`);
const envelope = { apiVersion: z.unknown(), kind: z.unknown(), metadata };
const issuerSchema = z.object({ ...envelope, spec: z.looseObject({}), status: z.unknown().optional() });
const configMapSchema = z.object({
  ...envelope,
  data: text,
  binaryData: z.record(z.string(), bytesOr('')).nullish(),
  immutable: z.unknown().optional(),
});
const secretSchema = z.object({
  ...envelope,
  type: z.string().nullish(),
  data: z.record(z.string(), bytesOr('; write the text itself under stringData')).nullish(),
  stringData: text,
  immutable: z.unknown().optional(),
});

/** Reads an object; problems begin with its place. A Secret's `stringData` is merged into its `data`, as an API server does. */
export function readObject(document: ManifestDocument): Result<ManifestObject, readonly string[]> {
  const { place, value, at } = document;
  const { apiVersion, kind, metadata: meta } = fieldsOf(value);
  if (typeof kind !== 'string' || kind === '' || typeof apiVersion !== 'string') {
    return err([`${place}: is no Kubernetes object: it must have apiVersion and kind, as text`]);
  }
  const names = issuerKinds.find((known) => known.kind === kind);
  if (names !== undefined || apiVersion.startsWith(`${group}/`)) {
    const problem = issuerProblem(apiVersion, kind, names);
    if (problem !== undefined) return err([at(problem)]);
    if (names !== undefined) return readIssuer(document, names);
  }
  if (apiVersion === 'v1' && kind === 'ConfigMap') return readConfigMap(document);
  if (apiVersion === 'v1' && kind === 'Secret') return readSecret(document);
  const name = fieldsOf(meta)['name'];
  const what = `${cut(kind)}${typeof name === 'string' ? ` "${cut(name)}"` : ''}`;
  return ok({ is: 'ignored', place, note: `${place}: ${what} is not needed to try an issuer and was left out` });
}

function issuerProblem(apiVersion: string, kind: string, names: IssuerKindNames | undefined): string | undefined {
  if (names === undefined) {
    const kinds = issuerKinds.map((known) => known.kind);
    const meant = nearestKey(kind, kinds);
    const advice = meant === undefined ? `there are ${kinds.join(' and ')}` : `did you mean ${meant}?`;
    return `kind: there is no ${cut(kind)} in group ${group}; ${advice}`;
  }
  if (apiVersion === `${group}/${version}`) return undefined;
  return `apiVersion: must be ${group}/${version} for kind ${kind}, not "${cut(apiVersion)}"`;
}

function readIssuer(document: ManifestDocument, names: IssuerKindNames): Result<ManifestObject, readonly string[]> {
  const parsed = parse(issuerSchema, document);
  if (!parsed.ok) return parsed;
  const spec = withoutNulls(parsed.value.spec) as Issuer['spec'];
  const { place, at } = document;
  return ok({ is: 'issuer', place, names, at, object: { metadata: identity(parsed.value.metadata), spec } });
}

function readConfigMap(document: ManifestDocument): Result<ManifestObject, readonly string[]> {
  const parsed = parse(configMapSchema, document);
  if (!parsed.ok) return parsed;
  const { data, binaryData } = parsed.value;
  const object = { metadata: identity(parsed.value.metadata), data: data ?? {}, binaryData: binaryData ?? {} };
  return ok({ is: 'ConfigMap', place: document.place, object });
}

function readSecret(document: ManifestDocument): Result<ManifestObject, readonly string[]> {
  const parsed = parse(secretSchema, document);
  if (!parsed.ok) return parsed;
  const { data, stringData, type } = parsed.value;
  const written = Object.entries(stringData ?? {}).map(([key, plain]) => [key, Buffer.from(plain).toString('base64')]);
  const all: Readonly<Record<string, string>> = { ...data, ...(Object.fromEntries(written) as Record<string, string>) };
  const object = { metadata: identity(parsed.value.metadata), type: type ?? 'Opaque', data: all };
  return ok({ is: 'Secret', place: document.place, object });
}

function parse<S extends z.ZodObject>(schema: S, { value, at }: ManifestDocument): Result<z.output<S>, readonly string[]> {
  // What is in metadata and spec is looked at where it is used: here only the outline is compared.
  const outline = z.object(Object.fromEntries(Object.keys(schema.shape).map((key) => [key, z.unknown()])));
  const unknown = unknownFields(outline, value, '').map((problem) => problem.replace(/^: /, ''));
  const parsed = parseFields(schema, value, '');
  const problems = parsed.ok ? unknown : [...unknown, ...parsed.error.map((problem) => problem.replace(/^\./, ''))];
  return parsed.ok && problems.length === 0 ? parsed : err(problems.map(at));
}

function identity({ name, namespace }: z.output<typeof metadata>): { readonly name: string; readonly namespace?: string } {
  return namespace ? { name, namespace } : { name };
}

/** As an API server keeps it: it drops what is null. */
function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, entry: unknown) => entry ?? undefined));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Line ends are allowed in it, as in YAML's block scalars. */
function isBase64(written: string): boolean {
  const digits = written.replaceAll(/[\r\n]/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(digits) && digits.length % 4 === 0;
}

function cut(name: string): string {
  return printable(name.slice(0, 100));
}
