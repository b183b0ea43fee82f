import { err, ok, type Result } from '../../../lib/result.ts';
import type { KnownCas } from '../../../x509/known-cas.ts';
import { certificateLabels, decodePem, encodePem, type PemBlock, pkcs7Labels } from '../../../x509/pem.ts';
import { readPkcs7 } from '../../../x509/pkcs7.ts';

/** Certificates that were found in bytes or a text, and in what form. */
export interface FoundCertificates {
  readonly encoding: 'pem' | 'der' | 'base64';
  readonly container: 'none' | 'pkcs7';
  /** Each as PEM. */
  readonly pems: readonly string[];
}

type Found = Result<FoundCertificates, string>;

const mostBytes = 1024 * 1024;
const begin = '-----BEGIN ';
const noCertificate = 'it is neither PEM nor base64 of a certificate, of PKCS #7 or of PEM';
const trustedLabel = 'TRUSTED CERTIFICATE';

/** Finds certificates in a body, in whatever form; the error is a clause about what it is instead, without any of its content. */
export function findInBytes(bytes: Uint8Array, known: KnownCas): Found {
  if (bytes.length > mostBytes) return err(`it has ${bytes.length} bytes, and at most ${mostBytes} are read`);
  return looksLikeDer(bytes)
    ? findInDer(bytes, known)
    : findInText(
        Buffer.from(bytes)
          .toString('latin1')
          .replace(/^\u00ef\u00bb\u00bf/, ''),
        known,
      );
}

/** Finds certificates in a text: PEM, or base64 of DER or of PEM. */
export function findInText(text: string, known: KnownCas): Found {
  if (text.length > mostBytes) return err(`it has ${text.length} characters, and at most ${mostBytes} are read`);
  // Programs that escape JSON twice write line breaks as a backslash and a letter.
  const lines = text.includes('\\') ? text.replaceAll(/\\[rn]/g, '\n') : text;
  return lines.includes(begin) ? findInPem(lines, known) : findInBase64(lines, known);
}

function findInPem(text: string, known: KnownCas): Found {
  const blocks = decodePem(text, { maxChars: mostBytes });
  if (!blocks.ok) return err(`it is PEM that cannot be read: ${blocks.error.message}`);
  const pems: string[] = [];
  for (const [index, block] of blocks.value.entries()) {
    const found = findInBlock(block, known);
    if (!found.ok) return err(`its PEM block ${index + 1} (${block.label}) cannot be read: ${found.error}`);
    pems.push(...found.value);
  }
  if (pems.length === 0) return err(describeLabels(blocks.value.map(({ label }) => label)));
  const container = blocks.value.some(({ label }) => pkcs7Labels.has(label)) ? 'pkcs7' : 'none';
  return ok({ encoding: 'pem', container, pems });
}

/** The certificates of one block; none where it is of another kind, such as a key. */
function findInBlock({ label, der }: PemBlock, known: KnownCas): Result<readonly string[], string> {
  if (pkcs7Labels.has(label)) return pemsOfPkcs7(der, known);
  if (!certificateLabels.has(label) && label !== trustedLabel) return ok([]);
  const certificate = readCertificate(der, known);
  if (certificate === undefined) return err('it is not an X.509 certificate');
  // OpenSSL puts what a certificate is trusted for behind it.
  return certificate.length === der.length || label === trustedLabel
    ? ok([encodePem('CERTIFICATE', certificate)])
    : err('something follows the certificate');
}

function describeLabels(labels: readonly string[]): string {
  if (labels.some((label) => label.endsWith('PRIVATE KEY'))) return 'it holds a private key and no certificate';
  if (labels.some((label) => label.endsWith('CERTIFICATE REQUEST'))) return 'it holds a CSR and no certificate';
  if (labels.some((label) => pkcs7Labels.has(label))) return 'it is PKCS #7 without a certificate';
  const kinds = labels.slice(0, 3).map((label) => label.slice(0, 40));
  return `it is PEM without a certificate (it holds ${kinds.join(', ')})`;
}

function findInBase64(text: string, known: KnownCas): Found {
  const body = text.replaceAll(/\s+/g, '');
  if (body === '') return err('it is empty');
  // base64 and base64url, with padding or without.
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) return err(noCertificate);
  const bytes = new Uint8Array(Buffer.from(body, 'base64'));
  if (looksLikeDer(bytes)) {
    const found = findInDer(bytes, known);
    return found.ok ? ok({ ...found.value, encoding: 'base64' }) : err(`it is base64, but inside ${found.error}`);
  }
  const inner = Buffer.from(bytes).toString('latin1');
  if (!inner.includes(begin)) return err(noCertificate);
  const found = findInPem(inner, known);
  return found.ok ? ok({ ...found.value, encoding: 'base64' }) : err(`it is base64, but inside ${found.error}`);
}

/** A SEQUENCE with a length of more than one octet, or of unknown length; no text begins so, nor is a certificate any shorter. */
function looksLikeDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
}

function findInDer(der: Uint8Array, known: KnownCas): Found {
  const certificate = readCertificate(der, known);
  if (certificate !== undefined) {
    const rest = der.subarray(certificate.length);
    return rest.every((octet) => octet === 0x0a || octet === 0x0d)
      ? ok({ encoding: 'der', container: 'none', pems: [encodePem('CERTIFICATE', certificate)] })
      : err('it is a certificate in DER and something behind it; several come as PKCS #7 or PEM');
  }
  const pems = pemsOfPkcs7(der, known);
  if (!pems.ok) return err(`it is DER of neither an X.509 certificate nor PKCS #7 (${pems.error})`);
  return pems.value.length === 0
    ? err('it is PKCS #7 without a certificate')
    : ok({ encoding: 'der', container: 'pkcs7', pems: pems.value });
}

function pemsOfPkcs7(der: Uint8Array, known: KnownCas): Result<readonly string[], string> {
  const certificates = readPkcs7(der);
  if (!certificates.ok) return certificates;
  const pems: string[] = [];
  for (const [index, bytes] of certificates.value.entries()) {
    const certificate = readCertificate(bytes, known);
    if (certificate?.length !== bytes.length) return err(`certificate ${index + 1} of the PKCS #7 is not an X.509 certificate`);
    pems.push(encodePem('CERTIFICATE', bytes));
  }
  return ok(pems);
}

/** The bytes of the certificate that `der` begins with. */
function readCertificate(der: Uint8Array, known: KnownCas): Uint8Array | undefined {
  return known.read(der)?.raw;
}
