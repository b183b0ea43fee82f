import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnvironment } from '../../../controlplane/environment.ts';
import { pythonPackage } from '../../../tools/python-package.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly format?: string;
  readonly description?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** The kinds of a version of Kubernetes, by `apiVersion kind`. */
export interface KubernetesSchemas {
  readonly has: (object: { readonly apiVersion: string; readonly kind: string }) => boolean;
  /** What is wrong with an object, each with the path of the field; unknown fields too. */
  readonly faults: (object: { readonly apiVersion: string; readonly kind: string }) => readonly string[];
}

/** Keywords that are understood, and those that say nothing about what is valid; any other is an error, so that none is missed. */
const known = new Set([
  'type',
  'properties',
  'additionalProperties',
  'required',
  'items',
  'enum',
  'oneOf',
  '$ref',
  'format',
  'description',
]);

/** The schemas of that minor version, such as `1.36`, from the package that carries those of all versions. */
export async function kubernetesSchemas(minor: string): Promise<KubernetesSchemas> {
  const folder = await pythonPackage('kubernetes-validate==1.37.0', readEnvironment(), process.stderr);
  const file = join(folder, 'kubernetes_validate', 'kubernetes-json-schema', `v${minor}.0-local-strict`, '_definitions.json');
  const { $defs } = JSON.parse(await readFile(file, 'utf8')) as { readonly $defs: Readonly<Record<string, Schema>> };
  const kinds = new Map(
    Object.values($defs).flatMap((schema) =>
      (schema['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }) => [
        `${group === '' ? version : `${group}/${version}`} ${kind}`,
        schema,
      ]),
    ),
  );
  return {
    has: ({ apiVersion, kind }) => kinds.has(`${apiVersion} ${kind}`),
    faults(object) {
      const schema = kinds.get(`${object.apiVersion} ${object.kind}`);
      if (schema === undefined) return [`Kubernetes ${minor} has no ${object.apiVersion} ${object.kind}`];
      return faultsOf(object, schema, object.kind, $defs);
    },
  };
}

function faultsOf(value: unknown, schema: Schema, path: string, defs: Readonly<Record<string, Schema>>): readonly string[] {
  const unknown = Object.keys(schema).find((keyword) => !known.has(keyword) && !keyword.startsWith('x-kubernetes-'));
  if (unknown !== undefined) throw new Error(`the schema of ${path} has the keyword ${unknown}, which is not understood here`);
  const faults: string[] = [];
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.indexOf('#/$defs/') + '#/$defs/'.length);
    const target = defs[name];
    if (target === undefined) throw new Error(`the schema of ${path} refers to ${name}, which is not there`);
    faults.push(...faultsOf(value, target, path, defs));
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return [...faults, `${path}: is no ${types.join(' or ')}`];
  if (schema.enum !== undefined && value !== null && !schema.enum.includes(value))
    faults.push(`${path}: is not one of its values`);
  if (schema.oneOf !== undefined && schema.oneOf.filter((one) => faultsOf(value, one, path, defs).length === 0).length !== 1) {
    faults.push(`${path}: is of none of its types`);
  }
  const { items } = schema;
  if (Array.isArray(value) && items !== undefined) {
    faults.push(...value.flatMap((item, index) => faultsOf(item, items, `${path}[${index}]`, defs)));
  } else if (isOf('object', value)) faults.push(...fieldFaults(value as Readonly<Record<string, unknown>>, schema, path, defs));
  return faults;
}

function fieldFaults(
  object: Readonly<Record<string, unknown>>,
  { properties = {}, additionalProperties = true, required = [] }: Schema,
  path: string,
  defs: Readonly<Record<string, Schema>>,
): readonly string[] {
  const missing = required.filter((name) => object[name] === undefined).map((name) => `${path}.${name}: is missing`);
  const below = Object.entries(object).flatMap(([name, value]) => {
    const schema = properties[name] ?? additionalProperties;
    if (schema === false) return [`${path}.${name}: there is no such field`];
    return schema === true ? [] : faultsOf(value, schema, `${path}.${name}`, defs);
  });
  return [...missing, ...below];
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
