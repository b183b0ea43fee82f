import { err, ok, type Result } from '../lib/result.ts';

/** One block of PEM: its label (`CERTIFICATE`) and the bytes it holds. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/** Why a text is no PEM. */
export interface PemProblem {
  readonly code: 'PemTooLarge' | 'PemTooManyBlocks' | 'PemMalformed';
  readonly message: string;
}

/** Bounds of what is read: characters of text and number of blocks. */
export interface PemLimits {
  readonly maxChars?: number;
  readonly maxBlocks?: number;
}

/** The labels of a certificate; the second one is what OpenSSL wrote long ago. */
export const certificateLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);
/** Those of PKCS #7 with certificates. */
export const pkcs7Labels: ReadonlySet<string> = new Set(['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA']);

const begin = '-----BEGIN ';
const dashes = '-----';
const labelPattern = /^[\x21-\x7e]{1,32}(?: [\x21-\x7e]{1,32}){0,5}$/;

/**
 * Reads every block of a PEM text (RFC 7468): CR LF or LF, lines of any length, text before, between and after the blocks, a
 * missing last newline. The base64 is strict, and encapsulated headers (RFC 1421, as in encrypted keys) are refused.
 * @returns the blocks, an empty list where there is none.
 */
export function decodePem(text: string, limits: PemLimits = {}): Result<readonly PemBlock[], PemProblem> {
  const { maxChars = 1024 * 1024, maxBlocks = 100 } = limits;
  if (text.length > maxChars) {
    return err({ code: 'PemTooLarge', message: `the PEM text has ${text.length} characters; at most ${maxChars} are read` });
  }
  const blocks: PemBlock[] = [];
  for (let start = text.indexOf(begin); start !== -1; start = text.indexOf(begin, start)) {
    if (blocks.length === maxBlocks) {
      return err({ code: 'PemTooManyBlocks', message: `the PEM text holds more than ${maxBlocks} blocks` });
    }
    const labelStart = start + begin.length;
    const labelEnd = text.indexOf(dashes, labelStart);
    const label = text.slice(labelStart, Math.min(labelEnd, labelStart + 200));
    if (labelEnd === -1 || !labelPattern.test(label)) return malformed('a BEGIN line is not complete');
    const end = `${dashes}END ${label}${dashes}`;
    const bodyEnd = text.indexOf(end, labelEnd);
    if (bodyEnd === -1) return malformed(`the block ${label} has no END line of the same name`);
    const der = decodeBase64(text.slice(labelEnd + dashes.length, bodyEnd));
    if (der === undefined) return malformed(`the block ${label} is not base64 between its BEGIN and END lines`);
    blocks.push({ label, der });
    start = bodyEnd + end.length;
  }
  return ok(blocks);
}

/** Writes one block: 64 characters a line, LF, trailing newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  let body = '';
  for (let at = 0; at < base64.length; at += 64) body += `${base64.slice(at, at + 64)}\n`;
  return `${begin}${label}${dashes}\n${body}${dashes}END ${label}${dashes}\n`;
}

/** Whether a text has a private key in it as PEM, of any kind (RFC 7468 sections 10 and 11, OpenSSL's own), encrypted or not. */
export function holdsPrivateKey(text: string): boolean {
  return text.includes('PRIVATE KEY-----');
}

/** Strict base64 with padding, whitespace apart; undefined where it is not, or empty. Encoding back finds every deviation. */
function decodeBase64(text: string): Uint8Array | undefined {
  const body = text.replaceAll(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(body, 'base64');
  return body !== '' && bytes.toString('base64') === body ? new Uint8Array(bytes) : undefined;
}

function malformed(message: string): Result<never, PemProblem> {
  return err({ code: 'PemMalformed', message });
}
