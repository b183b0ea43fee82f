/** A schema as a CustomResourceDefinition takes it; what else it may hold depends on its type. */
export type StructuralSchema = Readonly<Record<string, unknown>>;

type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords that mean the same in both and are kept as they are, in the order in which they are written. */
const kept = [
  'description',
  'type',
  'format',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'required',
  'nullable',
];

/** Keywords read elsewhere in this file, or without meaning to the API server. */
const handled = new Set(['$schema', 'properties', 'items', 'additionalProperties', 'anyOf', 'default', 'contentEncoding']);

/**
 * Turns the JSON Schema that zod writes (target openapi-3.0, input side) into the structural schema that a
 * CustomResourceDefinition demands. Defaults become part of the descriptions: the controller fills them in when it
 * reads, so they are not written into stored objects and a new version may change them.
 * @throws Error naming the field where the schema says what a CRD cannot hold, or where a text, list or map has no
 * upper bound (the API server needs it to estimate what a CEL rule costs) or a field has no description.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structural(schema: JsonSchema, path = ''): StructuralSchema {
  const kind = kindOf(schema, path);
  refuseUnknown(schema, path);
  const result: Record<string, unknown> = {};
  for (const key of kept) if (schema[key] !== undefined) result[key] = schema[key];
  for (const key of Object.keys(schema).filter(isExtension)) result[key] = schema[key];
  describeDefault(result, schema);
  switch (kind) {
    case 'any':
      return { ...result, 'x-kubernetes-preserve-unknown-fields': true };
    case 'int-or-string':
      return { ...result, 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'string':
      return textSchema(result, schema, path);
    case 'number':
    case 'integer':
      return numberSchema(result);
    case 'array':
      demand(schema, 'maxItems', path);
      return { ...result, items: structural(objectAt(schema, 'items', path), `${path}[]`) };
    case 'object':
      return { ...result, ...membersOf(schema, path) };
    default:
      return result;
  }
}

function kindOf(schema: JsonSchema, path: string): string {
  if (typeof schema.type === 'string') return schema.type;
  if (Array.isArray(schema.anyOf)) {
    const types = schema.anyOf.map((branch: JsonSchema) => String(branch.type)).toSorted();
    if (types.join() === 'integer,string') return 'int-or-string';
    throw new Error(`${at(path)}: a union of ${types.join(' and ')} is not structural; use optional fields and a CEL rule`);
  }
  const meaning = Object.keys(schema).filter(
    (key) => !['$schema', 'description'].includes(key) && !key.startsWith('x-kubernetes-'),
  );
  if (meaning.length === 0) return 'any';
  throw new Error(`${at(path)}: has no type, but ${meaning.join(', ')}`);
}

function isExtension(key: string): boolean {
  return key.startsWith('x-kubernetes-');
}

function refuseUnknown(schema: JsonSchema, path: string): void {
  for (const key of Object.keys(schema)) {
    if (!kept.includes(key) && !handled.has(key) && !isExtension(key)) {
      throw new Error(`${at(path)}: "${key}" has no place in a CustomResourceDefinition`);
    }
  }
}

function describeDefault(result: Record<string, unknown>, schema: JsonSchema): void {
  const { description, default: value } = schema;
  if (typeof description !== 'string' || value === undefined || typeof value === 'object') return;
  const [text, ...examples] = description.split(/ (?=Example: )/);
  result.description = [text, `Default: ${JSON.stringify(value).replaceAll('"', '')}.`, ...examples].join(' ');
}

function textSchema(result: Record<string, unknown>, schema: JsonSchema, path: string): StructuralSchema {
  if (schema.format === 'date-time') {
    delete result.pattern;
    return result;
  }
  if (schema.enum !== undefined) return result;
  demand(schema, 'maxLength', path);
  if (schema.contentEncoding === 'base64') {
    delete result.pattern;
    result.format = 'byte';
  } else if (typeof schema.pattern === 'string' && /\(\?[=!<]|\\[1-9]/.test(schema.pattern)) {
    throw new Error(`${at(path)}: the pattern looks around or back, which RE2 does not do`);
  }
  return result;
}

/** Zod bounds whole numbers by what JavaScript can hold, and calls the numbers of an enum `number`. */
function numberSchema(result: Record<string, unknown>): StructuralSchema {
  if (result.minimum === Number.MIN_SAFE_INTEGER) delete result.minimum;
  if (result.maximum === Number.MAX_SAFE_INTEGER) delete result.maximum;
  if (Array.isArray(result.enum) && result.enum.every(Number.isInteger)) result.type = 'integer';
  return result;
}

function membersOf(schema: JsonSchema, path: string): StructuralSchema {
  const { properties, additionalProperties } = schema;
  if (typeof properties === 'object' && properties !== null) {
    const members: Record<string, StructuralSchema> = {};
    for (const [name, member] of Object.entries(properties as Record<string, JsonSchema>)) {
      const memberPath = path === '' ? name : `${path}.${name}`;
      members[name] = structural(member, memberPath);
      demand(members[name], 'description', memberPath);
    }
    return { properties: members };
  }
  const values = typeof additionalProperties === 'object' ? objectAt(schema, 'additionalProperties', path) : undefined;
  if (values === undefined) throw new Error(`${at(path)}: a mapping without fields must say what its values are`);
  demand(schema, 'maxProperties', path);
  return { additionalProperties: structural(values, `${path}.*`) };
}

function objectAt(schema: JsonSchema, key: string, path: string): JsonSchema {
  const value = schema[key];
  if (typeof value !== 'object' || value === null) throw new Error(`${at(path)}: "${key}" is missing`);
  return value as JsonSchema;
}

function demand(schema: JsonSchema, key: string, path: string): void {
  if (schema[key] === undefined) throw new Error(`${at(path)}: has no ${key}`);
}

function at(path: string): string {
  return path === '' ? 'schema' : path;
}
