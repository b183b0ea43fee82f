import { printable } from '../../../lib/printable.ts';
import type { HttpAnswer, HttpRequest } from '../../network/exchange.ts';
import type { Mask } from './mask.ts';

/** Bytes of a body that are shown. */
const mostShown = 64 * 1024;
/** Bytes of a body that is no text which are shown, in hexadecimal: a CSR in DER fits. */
const mostHex = 8 * 1024;
/** Headers of an answer with a token that are shown: any other may hold it. */
const plainHeaders: ReadonlySet<string> = new Set(['content-type', 'content-length', 'date', 'server']);

/** A request as it goes over the wire, for people: control characters are made visible, and secrets are masked. */
export function describeRequest({ method, url, headers, body }: HttpRequest, mask: Mask): string {
  return message(`${method} ${url.href}`, headers, body ?? new Uint8Array(), mask);
}

/** An answer, likewise. */
export function describeAnswer({ status, headers, body }: HttpAnswer, mask: Mask): string {
  return message(String(status), headers, body, mask);
}

/** The answer to a login or a token request: what may hold a token or a session is left out. */
export function describeTokenAnswer(answer: HttpAnswer, mask: Mask): string {
  const { status, headers } = answer;
  const isGood = status >= 200 && status < 300;
  const shown = [...headers].filter(([name]) => (isGood ? plainHeaders.has(name) : name !== 'set-cookie'));
  if (!isGood) return describeAnswer({ ...answer, headers: new Map(shown) }, mask);
  return `${message(String(status), new Map(shown), new Uint8Array(), mask)}\n\n<body not shown: it holds the token>`;
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
