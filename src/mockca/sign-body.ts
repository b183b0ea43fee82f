import { err, ok, type Result } from '../lib/result.ts';
import { isDer } from '../x509/csr.ts';
import { repairPluses } from './csr-text.ts';
import type { ApiError } from './reply.ts';

/** What a client asks to be signed. */
export interface SignBody {
  /** PEM, base64 of DER or of PEM (text), or DER (bytes); not yet looked into. */
  readonly csr: string | Uint8Array;
  /** Absent: the server's default. */
  readonly validityDays?: number;
  readonly commonName?: string;
  /** Fields that mean nothing here, at most ten, for the log. */
  readonly ignored: readonly string[];
}

const fields = ['csr', 'validity_days', 'common_name'];
const mostDays = 36_500;

/**
 * Reads the body of a signing request: JSON, a form, or the CSR itself. The CSR itself is known by what it is rather than by its
 * Content-Type, since `curl --data-binary @csr.pem` calls everything a form.
 */
export function parseSignBody(body: Uint8Array, contentType: string): Result<SignBody, ApiError> {
  if (isDer(body)) return ok({ csr: body, ignored: [] });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body).trim();
  } catch {
    return parseError('the body is neither UTF-8 text nor a CSR in DER');
  }
  if (text === '') return err(missingCsr('the body is empty'));
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(-----BEGIN |MI|LS0t)/.test(text)) return ok({ csr: text, ignored: [] });
  if (type === 'application/json' || type.endsWith('+json') || text.startsWith('{')) return parseJson(text);
  if (type.startsWith('multipart/'))
    return parseError('multipart bodies are not read; send csr as an ordinary form field (curl --data-urlencode)');
  if (/^[\w-]{1,64}=/.test(text)) return parseForm(text);
  if (text.includes('-----BEGIN ')) return ok({ csr: text, ignored: [] });
  return err(missingCsr('the body is no CSR in PEM or base64, no JSON and no form'));
}

function parseJson(text: string): Result<SignBody, ApiError> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return parseError('the body is not JSON; in a JSON string the newlines of a PEM are written \\n');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return parseError('the body must be a JSON object: {"csr": "..."}');
  }
  const { csr, validity_days: days, common_name: name } = document as Record<string, unknown>;
  for (const [field, value] of [
    ['csr', csr],
    ['common_name', name],
  ] as const) {
    if (value !== undefined && value !== null && typeof value !== 'string') return parseError(`${field} must be a string`);
  }
  return fromFields(csr, days, name, Object.keys(document));
}

function parseForm(text: string): Result<SignBody, ApiError> {
  const form = new URLSearchParams(text);
  for (const field of fields) {
    if (form.getAll(field).length > 1) return parseError(`${field} is given more than once`);
  }
  const csr = form.get('csr');
  const days = form.get('validity_days') ?? '';
  const number = /^\d{1,9}$/.test(days) ? Number(days) : Number.NaN;
  return fromFields(csr === null ? undefined : repairPluses(csr), days === '' ? undefined : number, form.get('common_name'), [
    ...form.keys(),
  ]);
}

function fromFields(csr: unknown, days: unknown, name: unknown, keys: readonly string[]): Result<SignBody, ApiError> {
  if (typeof csr !== 'string' || csr.trim() === '') return err(missingCsr('the field csr is missing or empty'));
  const validityDays = days ?? 0;
  if (typeof validityDays !== 'number' || !Number.isInteger(validityDays) || validityDays < 0 || validityDays > mostDays) {
    return parseError(`validity_days must be a whole number of days, 1 to ${mostDays}; 0 or nothing is the server's default`);
  }
  return ok({
    csr,
    ...(validityDays === 0 ? {} : { validityDays }),
    ...(typeof name === 'string' && name !== '' ? { commonName: name } : {}),
    ignored: keys
      .filter((key) => !fields.includes(key))
      .slice(0, 10)
      .map((key) => key.slice(0, 64)),
  });
}

function missingCsr(details: string): ApiError {
  const formats = 'send {"csr": "<PEM or base64>"} as JSON, csr=<PEM or base64> as a form, or the CSR itself';
  return { status: 400, code: 'MISSING_CSR', error: 'no CSR in the request', details: `${details}; ${formats}` };
}

function parseError(details: string): Result<never, ApiError> {
  return err({ status: 400, code: 'PARSE_ERROR', error: 'the request cannot be read', details });
}
