import { err, ok, type Result } from '../lib/result.ts';
import { parseCsr, type Csr } from '../x509/csr.ts';
import type { ApiError } from './reply.ts';

/**
 * Reads a CSR as clients of many kinds send it: PEM, base64 of DER, base64 of PEM (one line or many, the URL-safe alphabet too),
 * or DER as bytes. Its signature is verified.
 */
export function readCsr(input: string | Uint8Array): Result<Csr, ApiError> {
  const parsed = parseCsr(typeof input === 'string' ? fromText(input) : input);
  if (parsed.ok) return ok(parsed.value);
  const { code, message } = parsed.error;
  if (code === 'CsrSignatureInvalid') {
    return err({ status: 400, code: 'INVALID_SIGNATURE', error: "the CSR's signature is wrong", details: message });
  }
  return err({ status: 400, code: 'INVALID_CSR', error: 'the CSR cannot be used', details: message });
}

/** A form decodes `+` to a space; in base64, where no space belongs, it was a `+` that the client did not encode. */
export function repairPluses(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.includes('-----') ? line : line.trim().replaceAll(' ', '+')))
    .join('\n');
}

function fromText(text: string): string | Uint8Array {
  if (text.includes('-----BEGIN ')) return text;
  const base64 = text.replaceAll(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return text;
  const bytes = Buffer.from(base64, 'base64');
  const inner = bytes.toString('latin1');
  return inner.includes('-----BEGIN ') ? inner : new Uint8Array(bytes);
}
