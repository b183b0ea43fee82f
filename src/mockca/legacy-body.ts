import { err, ok, type Result } from '../lib/result.ts';

/** What the legacy protocol is asked for. `new` and `renew` both sign, as does a body that asks for nothing. */
export type LegacyAction = 'issue' | 'getCERT' | 'getCSR' | 'getKEY';

/** A body of `/cgi/pki.cgi`, read. */
export interface LegacyRequest {
  readonly action: LegacyAction;
  /** The answer is the certificate alone, without the CA: `getCERT` was asked, alone or with a CSR to sign. */
  readonly leafOnly: boolean;
  /** As sent: base64 of DER, or PEM. */
  readonly csr?: string;
  /** `subject` was given; its common name, where it has one. */
  readonly subject?: { readonly commonName?: string };
  /** The values of DNS2, DNS3, and so on. */
  readonly dnsNames: readonly string[];
  /** Parameters that mean nothing here, at most ten, for the log. */
  readonly ignored: readonly string[];
}

const mostParameters = 200;
const flags = ['new', 'renew', 'getCERT', 'getCSR', 'getKEY'] as const;
const dnsKey = /^DNS\d{1,3}$/;

/**
 * Reads `key=value` pairs and bare keys between semicolons. White space around a pair is dropped. In a value `%XX` is decoded, as
 * UTF-8, after the pairs are split: `%3B` is a semicolon and `%25` a percent sign; `+` stays, since base64 has it.
 * @returns a message for the client where a pair cannot be read or a key is given twice.
 */
export function parseLegacyBody(body: string): Result<LegacyRequest, string> {
  const parameters = new Map<string, string>();
  const pairs = body.split(';', mostParameters + 1);
  if (pairs.length > mostParameters) return err(`more than ${mostParameters} parameters`);
  for (const pair of pairs) {
    const text = pair.trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    const key = equals === -1 ? text : text.slice(0, equals);
    if (!/^\w{1,64}$/.test(key)) return err('parameters must be key=value with a semicolon between them');
    if (parameters.has(key)) return err(`${key} is given more than once`);
    const value = percentDecode(equals === -1 ? '' : text.slice(equals + 1));
    if (value === undefined)
      return err(`${key}: % must be followed by two hexadecimal digits that make UTF-8; write %25 for a percent sign`);
    parameters.set(key, value);
  }
  return interpret(parameters);
}

function interpret(parameters: ReadonlyMap<string, string>): Result<LegacyRequest, string> {
  const asked = flags.filter((flag) => parameters.has(flag) && parameters.get(flag) !== '0');
  const csr = parameters.get('csr')?.trim() ?? '';
  const issue = asked.includes('new') || asked.includes('renew') || csr !== '';
  const lookups = asked.filter((flag) => flag === 'getCERT' || flag === 'getCSR');
  if (lookups.length > 1) return err('getCERT and getCSR are two requests');
  const subject = parameters.get('subject');
  const commonName = subject === undefined ? ok(undefined) : commonNameOf(subject);
  if (!commonName.ok) return commonName;
  const keys = [...parameters.keys()];
  return ok({
    action: asked.includes('getKEY') ? 'getKEY' : issue ? 'issue' : (lookups[0] ?? 'issue'),
    leafOnly: lookups[0] === 'getCERT',
    ...(csr === '' ? {} : { csr }),
    ...(subject === undefined || subject.trim() === ''
      ? {}
      : { subject: commonName.value === undefined ? {} : { commonName: commonName.value } }),
    dnsNames: keys.filter((key) => dnsKey.test(key)).map((key) => parameters.get(key)?.trim() ?? ''),
    ignored: keys.filter((key) => !isKnown(key)).slice(0, 10),
  });
}

function isKnown(key: string): boolean {
  return dnsKey.test(key) || key === 'csr' || key === 'subject' || flags.some((flag) => flag === key);
}

/**
 * The common name of `/C=DE/O=Example/CN=a.example` or of `CN=a.example,O=Example`; a backslash takes the next character literally.
 */
function commonNameOf(subject: string): Result<string | undefined, string> {
  // A blank at the end may be an escaped one; the value is trimmed when that is known.
  const text = subject.trimStart();
  const parts = splitEscaped(text.startsWith('/') ? text.slice(1) : text, text.startsWith('/') ? '/' : ',');
  const names = parts.filter((part) => /^\s*CN\s*=/i.test(part)).map((part) => part.slice(part.indexOf('=') + 1).trim());
  if (names.length > 1) return err('subject has more than one CN');
  return ok(names[0] === '' ? undefined : names[0]);
}

function splitEscaped(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\\' && at + 1 < text.length) {
      at++;
      part += text[at] ?? '';
    } else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
