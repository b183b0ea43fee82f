import type { CustomResourceDefinition } from '../../src/api/crd.ts';
import type { StructuralSchema } from '../../src/api/structural.ts';

/** The parts of a CRD's spec that a reader of its fields needs. */
interface CrdSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly kind: string; readonly plural: string; readonly shortNames: readonly string[] };
  readonly versions: readonly CrdVersion[];
}

interface CrdVersion {
  readonly name: string;
  readonly additionalPrinterColumns: readonly {
    readonly name: string;
    readonly description: string;
    readonly priority?: number;
  }[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

interface Rule {
  readonly message: string;
  readonly fieldPath?: string;
}

/** One row of a table: a field by its full path. */
interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

/** The reference of CRDs that share one schema, as Markdown: kinds, columns, fields, and what the API server refuses. */
export function apiReference(crds: readonly CustomResourceDefinition[]): string {
  const specs = crds.map(({ spec }) => spec as unknown as CrdSpec);
  const [first] = specs;
  const version = first?.versions[0];
  if (first === undefined || version === undefined) throw new Error('there is no CRD to describe');
  const { spec, status } = propertiesOf(version.schema.openAPIV3Schema);
  if (spec === undefined || status === undefined) throw new Error('the CRD has no spec or no status');
  return `${[
    '# API reference',
    `Every field of the issuer kinds of \`${first.group}/${version.name}\`, from the schema that the CustomResourceDefinitions and the\n` +
      'parser of the controller are made of. `kubectl explain externalissuers.spec --recursive` says the same.\n' +
      '[issuers.md](issuers.md) explains them by example.',
    '## Kinds',
    table(
      ['kind', 'plural', 'short', 'scope'],
      specs.map(({ names, scope }) => [code(names.kind), code(names.plural), names.shortNames.map(code).join(', '), scope]),
    ),
    'Both have the same fields. `kubectl get` shows these columns:',
    table(
      ['column', 'meaning'],
      version.additionalPrinterColumns.map(({ name, description, priority = 0 }) => [
        name,
        priority > 0 ? `${description} Only with \`-o wide\`.` : description,
      ]),
    ),
    '## spec',
    `A default is applied when the controller reads the issuer; it is not written into the stored object.`,
    fieldTable('spec', spec),
    '### What the API server refuses',
    'Beside values of the wrong type, unknown values and values out of range:',
    table(['field', 'message'], rulesOf('spec', spec)),
    '## status',
    fieldTable('status', status),
  ].join('\n\n')}\n`;
}

function fieldTable(root: string, schema: StructuralSchema): string {
  const rows = fieldsOf(root, schema).map(({ path, schema: field, required }) => [
    code(path),
    typeOf(field),
    `${required ? '**Required.** ' : ''}${textOf(field.description)}`,
  ]);
  return table(['field', 'type', 'meaning'], rows);
}

/** The fields below a schema, each followed by its own. */
function fieldsOf(path: string, schema: StructuralSchema): readonly Field[] {
  const required = new Set((schema.required as readonly string[] | undefined) ?? []);
  return Object.entries(propertiesOf(schema)).flatMap(([name, member]) => {
    const memberPath = `${path}.${name}`;
    const items = itemsOf(member);
    const below = items === undefined ? fieldsOf(memberPath, member) : fieldsOf(`${memberPath}[]`, items);
    return [{ path: memberPath, schema: member, required: required.has(name) }, ...below];
  });
}

function rulesOf(path: string, schema: StructuralSchema): readonly (readonly string[])[] {
  const rules = (schema['x-kubernetes-validations'] as readonly Rule[] | undefined) ?? [];
  const here = rules.map(({ message, fieldPath = '' }) => [code(`${path}${fieldPath}`), message]);
  const below = Object.entries(propertiesOf(schema)).flatMap(([name, member]) => rulesOf(`${path}.${name}`, member));
  return [...here, ...below];
}

function propertiesOf(schema: StructuralSchema): Readonly<Record<string, StructuralSchema>> {
  return (schema.properties as Readonly<Record<string, StructuralSchema>> | undefined) ?? {};
}

function itemsOf(schema: StructuralSchema): StructuralSchema | undefined {
  return schema.items as StructuralSchema | undefined;
}

/** The type with what bounds it: `integer, 1 to 1000`; `string, one of A, B`. */
function typeOf(schema: StructuralSchema): string {
  const { type, enum: values, minimum, maximum, format } = schema;
  const name = type === 'array' ? 'list' : String(type);
  if (Array.isArray(values)) return `${name}, one of ${values.map((value) => code(String(value))).join(', ')}`;
  if (typeof minimum === 'number' && typeof maximum === 'number') return `${name}, ${minimum} to ${maximum}`;
  return format === undefined ? name : `${name}, ${textOf(format)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}

function code(text: string): string {
  return `\`${text}\``;
}
