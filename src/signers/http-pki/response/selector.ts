import { err, ok, type Result } from '../../../lib/result.ts';
import type { ReadAnswer, Selector } from './contract.ts';
import { type Path, parsePath } from './path.ts';
import { showPath } from './show.ts';

/** Bytes of a body that JSONPath is applied to at most; plain paths cost nothing and have no such limit. */
export const longestForJsonPath = 65_536;

/**
 * Compiles a path into an answer:
 * `data.certificate`, `.data.chain[0]`, `data["the.name"]`: names with dots, where index 0 of what is no list is the thing itself;
 * `/data/certificate`: JSON Pointer (RFC 6901); `$.data.*.pem`: JSONPath (RFC 9535), a list where it finds several values;
 * `header:Location`: a header; `.`: the body as text, at most 64 KiB. An XML element with attributes is its text.
 * @param field the field that holds the path, for the error: `pki.pending.id`.
 */
export function createSelector(path: string, field: string): Result<Selector, string> {
  const parsed = parsePath(path);
  if (!parsed.ok) return err(`${field} ${showPath(path)}: ${parsed.error}`);
  return ok((answer) => withoutAttributes(select(parsed.value, answer)));
}

function select(path: Path, answer: ReadAnswer): unknown {
  if (path.kind === 'text') return answer.text;
  if (path.kind === 'header') return answer.headers.get(path.name);
  if (path.kind === 'keys') {
    return path.keys.reduce<unknown>((value, key) => step(value, key, path.bare), answer.document);
  }
  if (answer.body.length > longestForJsonPath) return undefined;
  const found = path.query(answer.document);
  return found.length > 1 ? found : found[0];
}

/** The value one key further down; own properties only. */
export function step(value: unknown, key: string, bare: boolean): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d{0,9})$/.test(key) ? (value as unknown[])[Number(key)] : undefined;
  if (isObject(value) && Object.hasOwn(value, key)) return value[key];
  // XML does not say which elements are lists: where one of two comes, `chain.0` still is the first.
  return bare && key === '0' && value !== null ? value : undefined;
}

function withoutAttributes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAttributes);
  if (!isObject(value) || !Object.hasOwn(value, '#text')) return value;
  return Object.keys(value).every((key) => key === '#text' || key.startsWith('@')) ? value['#text'] : value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
