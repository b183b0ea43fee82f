import { err, ok, type Result } from '../../../lib/result.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';

/** A path into an answer, parsed. */
export type Path =
  /** `.`: the body as text. */
  | { readonly kind: 'text' }
  /** `header:Name`, lower-case. */
  | { readonly kind: 'header'; readonly name: string }
  /** JSON Pointer, and names with dots. */
  | { readonly kind: 'keys'; readonly keys: readonly string[]; readonly bare: boolean }
  | { readonly kind: 'json-path'; readonly query: JsonPath };

/** Parses a path; the error is a clause. */
export function parsePath(path: string): Result<Path, string> {
  if (path.trim() === '') return err('it is empty; write a path such as data.certificate, or a single dot for the whole body');
  if (path === '.') return ok({ kind: 'text' });
  if (/^header:/i.test(path)) return parseHeader(path.slice('header:'.length).trim());
  if (path.startsWith('/')) return parsePointer(path);
  if (!path.startsWith('$')) return parseBare(path);
  const query = compileJsonPath(path);
  return query.ok ? ok({ kind: 'json-path', query: query.value }) : query;
}

function parseHeader(name: string): Result<Path, string> {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name)
    ? ok({ kind: 'header', name: name.toLowerCase() })
    : err('after header: the name of a header is missing; write, for example, header:Location');
}

/** RFC 6901. */
function parsePointer(path: string): Result<Path, string> {
  const bad = /~(?![01])/.exec(path);
  if (bad !== null)
    return err(`at character ${bad.index + 1}, ~ is not followed by 0 or 1 (JSON Pointer writes ~ as ~0, and / as ~1)`);
  const keys = path.slice(1).split('/');
  return ok({ kind: 'keys', keys: keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')), bare: false });
}

const nextPart = /\[(\d{1,6})\]|\["([^"\]]+)"\]|\['([^'\]]+)'\]|(\.?)([^.[\]/"']+)/y;

/** `a.b[0].c`, `.a.b.0`, `a["b.c"]`. */
function parseBare(path: string): Result<Path, string> {
  const keys: string[] = [];
  nextPart.lastIndex = 0;
  for (let at = 0; at < path.length; at = nextPart.lastIndex) {
    nextPart.lastIndex = at;
    const [, index, double, single, dot, name] = nextPart.exec(path) ?? [];
    const key = index ?? double ?? single ?? name;
    const joined = name === undefined || at === 0 || dot === '.';
    if (key === undefined || !joined || key.trim() !== key)
      return err(`at character ${at + 1}, ${whatIsWrong(path.slice(at))}`);
    keys.push(key);
  }
  return ok({ kind: 'keys', keys, bare: true });
}

function whatIsWrong(rest: string): string {
  if (rest.startsWith('/'))
    return 'there is a slash; begin a JSON Pointer with one (/data/certificate), or write data.certificate';
  if (/^\.?["']/.test(rest)) return 'there is a quote; names in quotes are in brackets: data["the.name"]';
  if (rest.startsWith('[')) return 'the brackets hold neither a number nor a name in quotes: write data[0] or data["name"]';
  if (rest.startsWith('.')) return 'no name follows the dot';
  return 'a dot, a bracket or a name is missing, or has a space beside it; write, for example, data.chain[0]';
}
