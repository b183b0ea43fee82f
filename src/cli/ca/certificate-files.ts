import { err, ok, type Result } from '../../lib/result.ts';
import { printable } from '../../lib/printable.ts';
import type { CertificateSource } from '../../signers/key-vault/certificate-source.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { certificateLabels, decodePem, encodePem, holdsPrivateKey, pkcs7Labels } from '../../x509/pem.ts';
import { readPkcs7 } from '../../x509/pkcs7.ts';
import { type CliDeps, commandFailure, usageError } from '../deps.ts';
import { nameOfInput, readInputFile } from '../input-file.ts';

const mostBytes = 1024 * 1024;

/**
 * Reads files with certificates, PEM, DER or PKCS #7, as one text, which is where a CA certificate may be.
 * @throws {CodedError} `Failed`, which names the option and the file; `Usage` where standard input is named twice.
 */
export async function readCertificateFiles(
  option: string,
  files: readonly string[],
  { stdin }: Pick<CliDeps, 'stdin'>,
): Promise<Extract<CertificateSource, { readonly in: 'text' }>> {
  if (files.filter((file) => file === '-').length > 1) throw usageError(`${option}: standard input (-) can be read once only`);
  let pem = '';
  for (const file of files) {
    const bytes = await readInputFile({ option, file, mostBytes, tooLarge: 'that is no chain of certificates' }, stdin);
    const read = readCertificates(bytes);
    if (!read.ok) throw commandFailure(`${option}: ${printable(nameOfInput(file))} ${printable(read.error)}`);
    pem += read.value;
  }
  return { in: 'text', pem, where: `the ${files.length === 1 ? 'file' : 'files'} of ${option}` };
}

/** The certificates of a file as PEM; the error is a predicate with advice: `holds a private key; …`. */
function readCertificates(bytes: Uint8Array): Result<string, string> {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('-----BEGIN ')) return readPem(text);
  if (parseCertificate(bytes).ok) return ok(encodePem('CERTIFICATE', bytes));
  const der = readPkcs7(bytes);
  if (der.ok && der.value.length > 0) return ok(toPem(der.value));
  return err(
    'holds no certificate: it is neither PEM, nor the DER of one, nor PKCS #7 with some. Of PKCS #12 (.pfx) give the certificates alone: ' +
      'openssl pkcs12 -in FILE -nokeys',
  );
}

function readPem(text: string): Result<string, string> {
  if (holdsPrivateKey(text)) {
    return err(
      'holds a private key, and what is imported here is read by issuers and people. Give the certificates alone; ' +
        "the CA's key is in the vault, and any other is no business of this command",
    );
  }
  const blocks = decodePem(text);
  if (!blocks.ok) return err(`cannot be read: ${blocks.error.message}`);
  let pem = '';
  for (const { label, der } of blocks.value) {
    if (certificateLabels.has(label)) pem += encodePem('CERTIFICATE', der);
    else if (pkcs7Labels.has(label)) {
      const certificates = readPkcs7(der);
      if (!certificates.ok) return err(`holds a block ${label} that cannot be read: ${certificates.error}`);
      pem += toPem(certificates.value);
    } else return err(`holds a block ${label}; give certificates alone (-----BEGIN CERTIFICATE-----)`);
  }
  return pem === '' ? err('holds no certificate') : ok(pem);
}

function toPem(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
}
