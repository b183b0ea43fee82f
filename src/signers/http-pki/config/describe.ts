import { printable } from '../../../lib/printable.ts';
import type { HttpAnswer, HttpRequest } from '../exchange.ts';

/** Takes secrets out of a text. */
type Mask = (text: string) => string;

/** Bytes of a body that are shown. */
const mostShown = 64 * 1024;
/** Bytes of a body that is no text which are shown, in hexadecimal. */
const mostHex = 32;

/** A request as it goes over the wire, for people: control characters are made visible, and secrets are masked. */
export function describeRequest({ method, url, headers, body }: HttpRequest, mask: Mask): string {
  return message(`${method} ${url.href}`, headers, body ?? new Uint8Array(), mask);
}

/** An answer, likewise. */
export function describeAnswer({ status, headers, body }: HttpAnswer, mask: Mask): string {
  return message(String(status), headers, body, mask);
}

function message(first: string, headers: ReadonlyMap<string, string>, body: Uint8Array, mask: Mask): string {
  const lines = [first, ...[...headers].map(([name, value]) => `${name}: ${value}`)];
  const head = lines.map((line) => printable(mask(line))).join('\n');
  return body.length === 0 ? head : `${head}\n\n${bodyText(body, mask)}`;
}

function bodyText(body: Uint8Array, mask: Mask): string {
  const text = asText(body);
  if (text === undefined) {
    // Masked before it is cut, here and below, so that no half of a secret is left at the end.
    const hex = mask(Buffer.from(body.subarray(0, mostShown)).toString('hex')).slice(0, mostHex * 2);
    return `<${body.length} bytes: ${hex}${body.length > mostHex ? '...' : ''}>`;
  }
  const masked = mask(text);
  const shown = masked.slice(0, mostShown);
  const rest = masked.length > mostShown ? `\n<cut: the body has ${body.length} bytes>` : '';
  return shown.replaceAll('\r\n', '\n').split('\n').map(withTabs).join('\n') + rest;
}

function withTabs(line: string): string {
  return line.split('\t').map(printable).join('\t');
}

/** Undefined where the bytes are not UTF-8, or hold a NUL. */
function asText(body: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A shorter secret would be found in words that have nothing to do with it. */
const leastSecret = 4;
/** Fewer bytes leave too little of themselves inside of other base64. */
const leastInner = 6;
/** A longer secret, such as a key in PEM, is looked for as a whole and by its lines, not character by character. */
const longestPattern = 256;
const leastLine = 16;

/**
 * Makes a function that replaces each of the secrets by `***`, however it is written: as it is, percent-encoded in whole or in part, in a
 * form, in JSON or XML; and in base64, base64url and hexadecimal, alone or as a part of what is encoded. Secrets of fewer than four
 * characters are left out.
 */
export function createMask(secrets: readonly string[]): Mask {
  // The longest first: a secret may be a part of another one.
  const wanted = [...new Set(secrets)].filter((secret) => secret.length >= leastSecret).toSorted((a, b) => b.length - a.length);
  if (wanted.length === 0) return (text) => text;
  const patterns = wanted.flatMap((secret) =>
    secret.length > longestPattern ? longForms(secret).map(literal) : shortForms(secret).map(writtenPattern),
  );
  const pattern = new RegExp(patterns.join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}

function shortForms(secret: string): readonly string[] {
  return [secret, ...encodedForms(secret)];
}

function longForms(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= leastLine && !line.startsWith('-----'));
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, encodeURIComponent(secret.toWellFormed()), ...encodedForms(secret), ...lines];
}

/** Matches a secret each of whose characters may be escaped on its own, as JSON, XML, URLs and printable text do. */
function writtenPattern(secret: string): string {
  return Array.from(secret, characterPattern).join('');
}

const shortEscapes: Readonly<Record<string, readonly string[]>> = {
  '\n': ['\\n', '\r\n', '\\r\\n', '%0D%0A', '%0d%0a'],
  '\r': ['\\r'],
  '\t': ['\\t'],
  '"': ['\\"', '&quot;'],
  '\\': ['\\\\'],
  '/': ['\\/'],
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  "'": ['&apos;', '&#39;'],
  ' ': ['+'],
};

function characterPattern(character: string): string {
  const percent = [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'));
  const unicode = units.map((unit) => `\\u${unit}`).join('');
  const forms = [character, percent, percent.toUpperCase(), unicode, ...(shortEscapes[character] ?? [])];
  return `(?:${forms
    .toSorted((a, b) => b.length - a.length)
    .map(literal)
    .join('|')})`;
}

function encodedForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [...base64Forms(bytes, 'base64'), ...base64Forms(bytes, 'base64url'), bytes.toString('hex')];
}

/**
 * How base64 shows the bytes: alone, and inside of a longer text, as in "user:password", at each of the three places that they
 * can begin at. Of those the characters at the ends are left out, since neighbouring bytes are in them too.
 */
function base64Forms(bytes: Buffer, encoding: 'base64' | 'base64url'): readonly string[] {
  const whole = bytes.toString(encoding).replace(/=+$/, '');
  if (bytes.length < leastInner) return [whole];
  const inner = [0, 1, 2].map((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    return shifted.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [whole, ...inner];
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
