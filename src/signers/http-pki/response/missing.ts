import type { ReadAnswer } from './contract.ts';
import { parsePath } from './path.ts';
import { isObject, longestForJsonPath, step } from './selector.ts';
import { typeName } from './show.ts';
import { oneLine } from '../../../lib/one-line.ts';

const mostNames = 10;

/** Says what is there instead of what a path looks for: the names at the last level that exists, types, never a value. A clause. */
export function describeMissing(path: string, answer: ReadAnswer): string {
  const parsed = parsePath(path);
  if (!parsed.ok || parsed.value.kind === 'text') return 'the body is empty';
  if (parsed.value.kind === 'header') return 'the answer has no such header';
  if (answer.document === null) return describeUnparsed(answer);
  if (isPage(answer)) return describePage(answer);
  if (parsed.value.kind === 'json-path') {
    return answer.body.length > longestForJsonPath
      ? `the body has ${answer.body.length} bytes, and JSONPath reads at most ${longestForJsonPath}: write a path without $`
      : describeLevel('the answer', answer.document);
  }
  let at = 'the answer';
  let value: unknown = answer.document;
  for (const key of parsed.value.keys) {
    const next = step(value, key, parsed.value.bare);
    if (next === undefined) break;
    at = `"${oneLine(key, 40)}"`;
    value = next;
  }
  return describeLevel(at, value);
}

function isPage({ headers, text }: ReadAnswer): boolean {
  return (
    /^\s*text\/html\b/i.test(headers.get('content-type') ?? '') || /^\s*(?:<!doctype html|<html)\b/i.test(text.slice(0, 500))
  );
}

function describePage({ status, headers }: ReadAnswer): string {
  const type = headers.get('content-type');
  return `the answer is a page in HTML (status ${status}${type === undefined ? '' : `, ${oneLine(type, 60)}`}): look whether the address is that of the API`;
}

function describeUnparsed(answer: ReadAnswer): string {
  const { headers, body } = answer;
  const type = headers.get('content-type');
  const named = type === undefined ? 'no content type' : `content type "${oneLine(type, 60)}"`;
  if (body.length > 0 && isPage(answer)) return describePage(answer);
  return body.length === 0
    ? 'the body is empty'
    : `the body is neither JSON nor XML that can be read (${named}, ${body.length} bytes)`;
}

function describeLevel(at: string, value: unknown): string {
  if (Array.isArray(value)) return `${at} is a list of ${value.length}`;
  if (!isObject(value)) return `${at} is ${typeName(value)}`;
  const names = Object.keys(value);
  if (names.length === 0) return `${at} is an object without keys`;
  const shown = names.slice(0, mostNames).map((name) => oneLine(name, 40));
  return `${at} has the keys ${shown.join(', ')}${names.length > mostNames ? `, and ${names.length - mostNames} more` : ''}`;
}
