import { parseDuration } from '../../../lib/duration.ts';
import { nearestKey } from '../../../lib/nearest-key.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import { readFlatBody } from './flat-body.ts';

const keys = [
  'signer-type',
  'pki-api-url',
  'pki-api-method',
  'pki-api-content-type',
  'pki-request-template',
  'pki-response-cert-path',
  'pki-response-ca-path',
  'pki-timeout',
  'pki-skip-tls-verify',
] as const;
type Key = (typeof keys)[number];
type Texts = Readonly<Partial<Record<Key, string>>>;

/** Where fields of the block are written here, for those who are told of such a field. */
const keyOf = {
  'pki.baseUrl': 'pki-api-url',
  'pki.steps[0].body': 'pki-request-template',
  'pki.response.certificateField': 'pki-response-cert-path',
  'pki.response.chainField': 'pki-response-ca-path',
  'pki.network.timeout': 'pki-timeout',
  'pki.network.responseTimeout': 'pki-timeout',
  'pki.tls.insecureSkipVerify': 'pki-skip-tls-verify',
} as const;

/** Adds to a message that names fields of the block where they are written in the ConfigMap. */
export function explainFlatFields(message: string): string {
  if (!message.includes('pki.')) return message;
  const named = Object.entries(keyOf).filter(([field]) => message.includes(field));
  const list = named.map(([field, key]) => `${field} is ${key}`).join(', ');
  return `${message} (the configuration was read from the pki-* keys${list === '' ? '' : `: ${list}`})`;
}

const methods = ['POST', 'PUT', 'PATCH'];
const longestTemplate = 64 * 1024;

/** A key or value that is wrong; thrown and caught in this file only, so that reading is a straight line. */
class FlatError extends Error {}

/**
 * Reads a ConfigMap of flat keys (`pki-api-url`, `pki-request-template`, ...) as the block `pki`, before it is parsed by the schema;
 * undefined where none of these keys is there. What a flat key cannot say has the default of the block, and the credential is the one
 * of `authSecretRef`, used as its keys say (auth.type auto). The error begins with the key.
 */
export function readFlatPkiConfigMap(data: ReadonlyMap<string, Uint8Array>): Result<unknown, string> | undefined {
  const names = [...data.keys()].filter((name) => isFlatKey(name) || name.startsWith('mockca-'));
  if (names.length === 0 || repeatsTheIssuer(names, data)) return undefined;
  try {
    return ok(blockOf(textsOf(data)));
  } catch (error) {
    if (error instanceof FlatError) return err(error.message);
    throw error;
  }
}

/** `signer-type: pki` alone says what the issuer says: it may stand beside a document, as in ConfigMaps of the Go controller. */
function repeatsTheIssuer(names: readonly string[], data: ReadonlyMap<string, Uint8Array>): boolean {
  const type = data.get('signer-type');
  return names.length === 1 && type !== undefined && decode('signer-type', type) === 'pki';
}

function isFlatKey(name: string): name is Key {
  return keys.some((key) => key === name);
}

function textsOf(data: ReadonlyMap<string, Uint8Array>): Texts {
  const texts: Partial<Record<Key, string>> = {};
  for (const [name, bytes] of data) {
    if (!isFlatKey(name)) throw new FlatError(unknownKey(name));
    texts[name] = decode(name, bytes);
  }
  return texts;
}

function unknownKey(name: string): string {
  const shown = name.slice(0, 64);
  if (name.startsWith('mockca-')) {
    return `${shown}: belongs to signerType mockca, and signerType is pki; remove the key, or set signerType to mockca`;
  }
  const meant = nearestKey(name, keys);
  return `unknown key "${shown}"; ${meant === undefined ? `known are ${keys.join(', ')}` : `did you mean "${meant}"?`}`;
}

function decode(key: Key, bytes: Uint8Array): string {
  if (bytes.length > longestTemplate) throw new FlatError(`${key}: is larger than ${longestTemplate / 1024} KiB`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return key === 'pki-request-template' ? text : text.trim();
  } catch (error) {
    throw new FlatError(`${key}: is not UTF-8 text`, { cause: error });
  }
}

function blockOf(texts: Texts): unknown {
  const type = texts['signer-type'];
  if (type !== undefined && type !== 'pki') {
    throw new FlatError(`signer-type: is "${type.slice(0, 64)}", but spec.signerType is pki; write pki, or remove the key`);
  }
  const baseUrl = required(texts, 'pki-api-url', 'the address that requests are sent to');
  if (/^http:/i.test(baseUrl)) {
    throw new FlatError(
      'pki-api-url: http:// sends everything in plain text; use https://, or write pki-config.json, where tls.allowPlaintext can be set',
    );
  }
  const template = required(texts, 'pki-request-template', 'what is sent, with {{.CSR}} where the CSR belongs');
  const body = readFlatBody(template, texts['pki-api-content-type'] ?? 'application/json');
  if (!body.ok) throw new FlatError(body.error);
  const method = texts['pki-api-method']?.toUpperCase() ?? 'POST';
  if (!methods.includes(method)) {
    throw new FlatError(
      `pki-api-method: is "${method.slice(0, 64)}"; the CSR is sent in a body, which ${methods.join(', ')} have`,
    );
  }
  return {
    baseUrl,
    steps: [{ name: 'sign', method, body: body.value }],
    response: responseOf(texts),
    auth: { type: 'auto' },
    ...networkOf(texts['pki-timeout']),
    ...tlsOf(texts['pki-skip-tls-verify']),
  };
}

function required(texts: Texts, key: Key, what: string): string {
  const text = texts[key];
  if (text === undefined || text.trim() === '') throw new FlatError(`${key}: required, ${what}`);
  return text;
}

/**
 * No path, or an empty one: the body is PEM. The path of the CA is read as a part of the chain, which is sorted: whether it leads to
 * the root, to an intermediate or to a list is told from the certificates.
 */
function responseOf(texts: Texts): Readonly<Record<string, string>> {
  const certificate = texts['pki-response-cert-path'] ?? '';
  const ca = texts['pki-response-ca-path'] ?? '';
  if (certificate === '' && ca === '') return { format: 'pem' };
  if (certificate === '') {
    throw new FlatError(
      'pki-response-ca-path: is set, but pki-response-cert-path is not, which means that the whole answer is PEM; set that too, or remove this',
    );
  }
  return {
    format: 'json',
    certificateField: pathOf('pki-response-cert-path', certificate),
    ...(ca === '' ? {} : { chainField: pathOf('pki-response-ca-path', ca) }),
  };
}

/** `.data.certificate` and `{.data.chain[0]}` as the paths of the block: names with dots, else JSONPath. */
function pathOf(key: Key, written: string): string {
  const path = /^\{(.*)\}$/.exec(written)?.[1] ?? written;
  if (path === '.')
    throw new FlatError(`${key}: "." is no field; leave the key empty where the whole answer is the certificate`);
  if (path.startsWith('$') || path.startsWith('/')) return path;
  const dotted = path.startsWith('.') && !path.startsWith('..') ? path.slice(1) : path;
  if (/^[^.[\]"'*]+(?:\.[^.[\]"'*]+|\[\d+\])*$/.test(dotted)) return dotted;
  return path.startsWith('.') || path.startsWith('[') ? `$${path}` : `$.${path}`;
}

/** A number is seconds. It bounds the whole of an attempt and the wait for the answer alike. */
function networkOf(text: string | undefined): object {
  if (text === undefined) return {};
  const timeout = /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text;
  const parsed = parseDuration(timeout);
  if (!parsed.ok) throw new FlatError(`pki-timeout: ${parsed.error}, or as a number of seconds`);
  return { network: { timeout, responseTimeout: timeout } };
}

function tlsOf(text: string | undefined): object {
  if (text === undefined) return {};
  if (text !== 'true' && text !== 'false') {
    throw new FlatError(`pki-skip-tls-verify: is "${text.slice(0, 64)}"; write true or false`);
  }
  return { tls: { insecureSkipVerify: text === 'true' } };
}
