import { err, ok, type Result } from '../../../lib/result.ts';
import { createKnownCas, type KnownCas } from '../../../x509/known-cas.ts';
import type { PkiProblem } from '../problem.ts';
import type { WrittenResponse } from '../schema/response.ts';
import { findInBytes, findInText, type FoundCertificates } from './certificate-data.ts';
import type { CertificateReader, ReadAnswer, ReadCertificates, Selector } from './contract.ts';
import { describeMissing } from './missing.ts';
import { createSelector } from './selector.ts';
import { showPath, typeName } from './show.ts';

/** A field that says where certificates are. */
interface Source {
  /** For messages: `pki.response.certificateField "data.certificate"`. */
  readonly what: string;
  readonly path: string;
  readonly select: Selector;
  /** What an answer may be that is no error: one without the field, or one where it is there and empty. */
  readonly mayBeMissing: boolean;
  readonly mayBeEmpty: boolean;
}

const mostEntries = 100;
const sourceNames = ['certificateField', 'chainField', 'caField'] as const;

/**
 * Compiles how certificates are read from an answer; the error names the field that is wrong.
 * @param field the block of the response: `pki.response`.
 */
export function createCertificateReader(response: WrittenResponse, field: string): Result<CertificateReader, string> {
  const { format } = response;
  const known = createKnownCas();
  if (format !== 'json' && format !== 'xml') {
    const needless = sourceNames.find((name) => response[name] !== undefined);
    return needless === undefined
      ? ok((answer) => readBody(answer, format, field, known))
      : err(
          `${field}.${needless} is set, but ${field}.format is ${format}, whose body is the certificate: set the format to json or xml, or remove the field`,
        );
  }
  if (response.certificateField === undefined) {
    return err(`${field}.certificateField is not set: with format ${format} it says where in the answer the certificate is`);
  }
  const isCompleted = response.caUrl !== undefined || response.caBundle !== undefined;
  const sources: Partial<Record<(typeof sourceNames)[number], Source>> = {};
  for (const name of sourceNames) {
    const path = response[name];
    if (path === undefined) continue;
    const select = createSelector(path, `${field}.${name}`);
    if (!select.ok) return select;
    const mayBeEmpty = name !== 'certificateField';
    const what = `${field}.${name} ${showPath(path)}`;
    sources[name] = { what, path, select: select.value, mayBeMissing: mayBeEmpty && isCompleted, mayBeEmpty };
  }
  return ok((answer) => readFields(answer, sources, known));
}

/**
 * Reads the certificates of a download: PEM, DER, PKCS #7 in DER, base64 or PEM, base64 of any of these.
 * @param what the field that names it, for the message: `pki.response.caUrl`. @returns PEM, in the order of the download.
 */
export function readCaCertificates(body: Uint8Array, what: string): Result<string, PkiProblem> {
  const found = findInBytes(body, createKnownCas());
  return found.ok ? ok(found.value.pems.join('')) : problem(`what ${what} answers is not CA certificates: ${found.error}`);
}

function readBody(
  answer: ReadAnswer,
  format: 'pem' | 'der' | 'base64' | 'pkcs7',
  field: string,
  known: KnownCas,
): Result<ReadCertificates, PkiProblem> {
  const found = findInBytes(answer.body, known);
  if (!found.ok) return problem(`${field}.format is ${format}, and the body does not hold a certificate: ${found.error}`);
  const { encoding, container, pems } = found.value;
  const fits = {
    pem: encoding === 'pem',
    der: encoding === 'der' && container === 'none',
    base64: encoding === 'base64',
    pkcs7: container === 'pkcs7',
  };
  if (!fits[format]) {
    const better = container === 'pkcs7' ? 'pkcs7' : encoding;
    return problem(`${field}.format is ${format}, but the body is ${describeForm(found.value)}: set the format to ${better}`);
  }
  return ok({ chainPem: pems.join('') });
}

function describeForm({ encoding, container }: FoundCertificates): string {
  const written = { pem: 'PEM', der: 'DER', base64: 'base64' }[encoding];
  return container === 'pkcs7' ? `PKCS #7 in ${written}` : encoding === 'der' ? 'a certificate in DER' : written;
}

function readFields(
  answer: ReadAnswer,
  { certificateField, chainField, caField }: Partial<Record<(typeof sourceNames)[number], Source>>,
  known: KnownCas,
): Result<ReadCertificates, PkiProblem> {
  const certificate = readSource(answer, certificateField, known);
  if (!certificate.ok) return certificate;
  const chain = readSource(answer, chainField, known);
  if (!chain.ok) return chain;
  const ca = readSource(answer, caField, known);
  if (!ca.ok) return ca;
  return ok({
    chainPem: [...certificate.value, ...chain.value].join(''),
    ...(ca.value.length === 0 ? {} : { caPem: ca.value.join('') }),
  });
}

/** The certificates of one field, none where the field is not set or is optional and the CA has none. */
function readSource(answer: ReadAnswer, source: Source | undefined, known: KnownCas): Result<readonly string[], PkiProblem> {
  if (source === undefined) return ok([]);
  const { what, path, mayBeMissing, mayBeEmpty } = source;
  const value = source.select(answer);
  if (value === undefined) return mayBeMissing ? ok([]) : problem(`${what} finds nothing: ${describeMissing(path, answer)}`);
  // What a CA gives as empty is no mistake in the path.
  if (isEmpty(value)) return mayBeEmpty ? ok([]) : problem(`${what} finds ${typeName(value)}, not a certificate`);
  return readEntries(what, Array.isArray(value) ? value : [value], known);
}

function readEntries(what: string, entries: readonly unknown[], known: KnownCas): Result<readonly string[], PkiProblem> {
  if (entries.length > mostEntries)
    return problem(`${what} finds a list of ${entries.length}, and at most ${mostEntries} are read`);
  const pems: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = entries.length === 1 ? what : `${what}, entry ${index + 1},`;
    if (typeof entry !== 'string') return problem(`${place} finds ${typeName(entry)} where a certificate as text should be`);
    const found = findInText(entry, known);
    if (!found.ok) return problem(`${place} does not find a certificate: ${found.error}`);
    pems.push(...found.value.pems);
    if (pems.length > mostEntries) return problem(`${what} finds more than ${mostEntries} certificates`);
  }
  return ok(pems);
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0);
}

function problem(clause: string): Result<never, PkiProblem> {
  return err({ code: 'CAResponseInvalid', message: `The answer of the CA cannot be used: ${clause}` });
}
