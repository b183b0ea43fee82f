import { createHash, createHmac } from 'node:crypto';
import { percentEncode } from './escape.ts';
import { Refusal } from './refusal.ts';
import { type FunctionHost, type TemplateFunction, textOf } from './text-functions.ts';

/** What a dry run has in place of every value of a Secret. */
const masked = '***';

const hashes = ['sha256', 'sha384', 'sha512', 'sha1'] as const;
const outputs = ['hex', 'base64', 'base64url'] as const;
const keyEncodings = ['utf8', 'hex', 'base64'] as const;
const longestKey = 4096;
/** What a signature costs besides its text and its key, in characters. */
const costOfSignature = 500;

function oneOf<T extends string>(value: unknown, words: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Refusal(`an argument must be one of ${words.join(', ')}`);
  return found;
}

function encoding(encode: (bytes: Buffer) => string): TemplateFunction {
  return {
    least: 0,
    most: 0,
    run(value, _args, host) {
      const text = textOf(value);
      host.charge(text.length * 2);
      return encode(Buffer.from(text, 'utf8'));
    },
  };
}

/** The key of that name in the Secret, decoded strictly: a key that was cut would sign, wrongly. */
function keyBytes(host: FunctionHost, name: string, written: (typeof keyEncodings)[number]): Buffer {
  const key = Object.hasOwn(host.values.secret, name) ? host.values.secret[name] : undefined;
  if (key === undefined) throw new Refusal(`the Secret has no key "${name}"`);
  if (key.length > longestKey) throw new Refusal(`key "${name}" of the Secret has more than ${longestKey} characters`);
  host.charge(key.length + costOfSignature);
  const bytes = Buffer.from(key, written);
  const whole =
    written === 'utf8' || key === masked || bytes.toString(written) === (written === 'hex' ? key.toLowerCase() : key);
  if (!whole || key === '') throw new Refusal(`key "${name}" of the Secret is empty or not written in ${written}`);
  return bytes;
}

function hmac(value: unknown, args: readonly unknown[], host: FunctionHost): string {
  const [name, algorithm, output, written] = args;
  const text = textOf(value);
  host.charge(text.length);
  const key = keyBytes(host, textOf(name), oneOf(written, keyEncodings, 'utf8'));
  return createHmac(oneOf(algorithm, hashes, 'sha256'), key)
    .update(text)
    .digest(oneOf(output, outputs, 'hex'));
}

/** Base64 in lines of 64 characters, each with its LF, as in PEM (RFC 7468). */
function wrap(text: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Refusal('it is not base64 in one line, which wrap takes');
  return text.replaceAll(/.{1,64}/g, '$&\n');
}

/** A value as JSON. @throws {Refusal} where it is larger than it may be. */
function json(value: unknown, host: FunctionHost): string {
  const text = JSON.stringify(value ?? null);
  host.charge(text.length);
  if (!text.isWellFormed()) throw new Refusal('its value is not valid Unicode');
  return text;
}

/** JSON all of whose texts are letters, digits and a few marks, by escapes: it can stand in any text without changing its shape. */
function plainJson(value: unknown, host: FunctionHost): string {
  const text = json(value, host);
  host.charge(text.length * 6);
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => {
    const inner = JSON.parse(literal) as string;
    return `"${inner.replaceAll(/[^A-Za-z0-9 ._~-]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
  });
}

/** Functions that write a value in another alphabet. */
export const encodings: Readonly<Record<string, TemplateFunction>> = {
  json: { least: 0, most: 0, run: (value, _args, host) => json(value, host) },
  base64: encoding((bytes) => bytes.toString('base64')),
  base64url: encoding((bytes) => bytes.toString('base64url')),
  hex: encoding((bytes) => bytes.toString('hex')),
  sha256: encoding((bytes) => createHash('sha256').update(bytes).digest('hex')),
  urlencode: encoding((bytes) => percentEncode(bytes.toString('utf8'))),
  wrap: encoding((bytes) => wrap(bytes.toString('utf8'))),
  hmac: { least: 1, most: 4, choices: { 1: hashes, 2: outputs, 3: keyEncodings }, run: hmac },
};

/** Those whose result may stand in a raw body as it is, and how they write there. */
export const rawEncodings: Readonly<Record<string, TemplateFunction>> = {
  ...encodings,
  json: { least: 0, most: 0, run: (value, _args, host) => plainJson(value, host) },
};
