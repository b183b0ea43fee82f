import type { TemplateTarget } from './contract.ts';
import { Refusal } from './refusal.ts';
import { textOf } from './text-functions.ts';
import type { TemplateValues } from './values.ts';

/** Where a value goes: as in the contract, and the query of a URL, where a value may be empty. */
export type EscapeTarget = TemplateTarget | 'query';

/** All but unreserved characters as octets of UTF-8 (RFC 3986 section 2.3). */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Writes a value as its place needs it. @throws {Refusal} where it cannot stand there. */
export function escapeFor(target: EscapeTarget, value: unknown, values: TemplateValues): string {
  return escapes[target](textOf(value), values);
}

const escapes: Readonly<Record<EscapeTarget, (text: string, values: TemplateValues) => string>> = {
  leaf: (text) => text,
  url: pathText,
  query: percentEncode,
  header: headerText,
  xml: xmlText,
  raw: (text, values) => (/^[A-Za-z0-9._~-]*$/.test(text) || isOurOwn(text, values) ? text : percentEncode(text)),
};

function pathText(text: string): string {
  if (text === '') throw new Refusal("it is empty, and a part of a path must not be; add | default: '...'");
  return percentEncode(text);
}

function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const what = /\p{Cc}/u.test(text) ? 'a control character, such as a line break' : 'characters that are not ASCII';
  throw new Refusal(`its value holds ${what}, which a header cannot carry; add | urlencode or | base64`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

function xmlText(text: string): string {
  // All that the production Char of XML 1.0 leaves out; surrogates are paired, since the text is well-formed.
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) {
    throw new Refusal('its value holds a character that XML does not allow; add | base64');
  }
  return text.replaceAll(/[&<>"'\r]/g, (character) => entities[character] ?? '');
}

/** Texts that nobody but us has made: the CSR in its encodings, times, what the authentication gives in base64. */
function isOurOwn(text: string, values: TemplateValues): boolean {
  const { csr, now, duration, auth } = values;
  if ([csr.pem, csr.base64, csr.pemBase64, now.rfc3339, duration.notAfter].includes(text)) return true;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Object.values(auth).includes(text);
}
