import type { SubjectValues, TemplateValues } from '../template/values.ts';

/**
 * How a subject is written in one parameter. comma: CN, OU, O, L, ST, C, as RFC 4514 orders a name that is built from the country down;
 * slash: the other way round, each attribute behind a slash.
 */
export type DnFormat = 'comma' | 'slash';

type Attribute = readonly [type: string, value: string];

/**
 * The subject for an older PKI, '' where there is nothing to write. The formats know six attributes; any other, such as a street
 * address, is only in the CSR. A CSR without a common name gets its first DNS name as CN here, since these PKIs want one.
 * @param encode writes one value, its separators already escaped; the structure around values is not encoded.
 */
export function writeSubject(
  { subject, san }: Pick<TemplateValues, 'subject' | 'san'>,
  format: DnFormat,
  encode: (value: string) => string,
): string {
  const attributes = fromTheTop(subject, subject.commonName || san.dns[0] || '');
  const ordered = format === 'slash' ? attributes : attributes.toReversed();
  const written = ordered.map(([type, value]) => `${type}=${encode(escapeValue(value, format))}`);
  return format === 'slash' ? written.map((each) => `/${each}`).join('') : written.join(',');
}

function fromTheTop(subject: SubjectValues, commonName: string): readonly Attribute[] {
  const all: readonly (readonly [string, readonly string[]])[] = [
    ['C', subject.countries],
    ['ST', subject.provinces],
    ['L', subject.localities],
    ['O', subject.organizations],
    ['OU', subject.organizationalUnits],
    ['CN', [commonName]],
  ];
  return all.flatMap(([type, values]) => values.filter((value) => value !== '').map((value): Attribute => [type, value]));
}

/**
 * Puts a backslash before what would end a value: the separator, the backslash, and "+", which adds another attribute both in
 * RFC 4514 and in OpenSSL's slash form; in the comma form also before the other special characters of RFC 4514 section 2.4.
 */
function escapeValue(value: string, format: DnFormat): string {
  if (format === 'slash') return value.replaceAll(/[\\/+]/g, String.raw`\$&`);
  return value.replaceAll(/[\\,+";<>]|^[ #]| $/g, String.raw`\$&`);
}
