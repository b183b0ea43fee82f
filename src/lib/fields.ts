import * as z from 'zod';
import { nearestKey } from './nearest-key.ts';
import { err, ok, type Result } from './result.ts';

/** More problems than these are not listed: the first ones say enough. */
const mostProblems = 5;

/**
 * Parses `value` by a schema, with problems in words that name the field from `root` on:
 * `spec.retry.budget: must be text, not a number`. Values are not repeated: one may be a secret.
 */
export function parseFields<S extends z.ZodType>(
  schema: S,
  value: unknown,
  root: string,
): Result<z.output<S>, readonly string[]> {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.slice(0, mostProblems).map((issue) => `${pathText(root, issue.path)}: ${issue.message}`));
}

/**
 * The keys in `value` that the schema does not know, with the key that was probably meant. For documents that no API
 * server has pruned.
 */
export function unknownFields(schema: z.ZodType, value: unknown, root: string): readonly string[] {
  const problems: string[] = [];
  collectUnknown(schema, value, root, problems);
  return problems.slice(0, mostProblems);
}

function collectUnknown(schema: z.ZodType, value: unknown, path: string, problems: string[]): void {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    for (const [index, entry] of value.entries())
      collectUnknown(inner.element as z.ZodType, entry, `${path}[${index}]`, problems);
  }
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, entry] of Object.entries(value)) {
    if (problems.length >= mostProblems) return;
    if (Object.hasOwn(inner.shape, key)) {
      collectUnknown(inner.shape[key] as z.ZodType, entry, pathText(path, [key]), problems);
    } else {
      problems.push(`${path}: unknown key "${key.slice(0, 64)}"; ${adviceFor(key, inner, value, path)}`);
    }
  }
}

/** A key that belongs one level down is named with its place, else the nearest of this level. */
function adviceFor(key: string, { shape }: z.ZodObject, value: object, path: string): string {
  const known = Object.keys(shape);
  const blocks = known.filter((name) => {
    const inner = unwrap(shape[name] as z.ZodType);
    return inner instanceof z.ZodObject && Object.hasOwn(inner.shape, key);
  });
  const used = blocks.filter((name) => Object.hasOwn(value, name));
  const [block, another] = used.length > 0 ? used : blocks;
  if (block !== undefined && another === undefined) return `did you mean ${pathText(path, [block, key]).replace(/^\./, '')}?`;
  const meant = nearestKey(key, known);
  return meant === undefined ? `remove it; known are ${known.join(', ')}` : `did you mean "${meant}"?`;
}

/** The schema of what a person writes, under defaults, transformations and the like. */
function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in as z.ZodType);
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.def.innerType as z.ZodType) : schema;
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part).slice(0, 64)}`),
    root,
  );
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
};

function inWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'required, but missing';
      return `must be ${typeNames[issue.expected] ?? issue.expected}, not ${typeOf(issue.input)}`;
    case 'invalid_value':
      if (issue.input === undefined) return `required, but missing; one of ${issue.values.map(String).join(', ')}`;
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `must be at most ${amount(issue.maximum, issue.origin)}`;
    case 'too_small':
      return `must be at least ${amount(issue.minimum, issue.origin)}`;
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map((key) => `"${key.slice(0, 64)}"`).join(', ')}`;
    case 'invalid_format':
      return 'is not written as it must be; see its description in kubectl explain';
    default:
      return issue.message ?? 'is not valid';
  }
}

function amount(bound: number | bigint, origin: string): string {
  if (origin === 'string') return `${bound} characters long`;
  return origin === 'array' ? `${bound} entries long` : String(bound);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number with a fraction';
  return typeNames[typeof value] ?? typeof value;
}
