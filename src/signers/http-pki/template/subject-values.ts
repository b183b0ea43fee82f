import { attributeType, commonName, formatName, type Name, type NameAttribute } from '../../../x509/name.ts';
import type { SubjectValues } from './values.ts';

/** The subject of a CSR as templates see it. */
export function subjectValues(name: Name): SubjectValues {
  const all = name.rdns.flat();
  const texts = (oid: string): readonly string[] =>
    all.filter((attribute) => attribute.oid === oid && attribute.value !== '').map(({ value }) => value);
  return {
    rfc4514: formatName(name, Number.POSITIVE_INFINITY),
    slash: slashName(name),
    commonName: commonName(name) ?? '',
    serialNumber: texts('2.5.4.5')[0] ?? '',
    organizations: texts('2.5.4.10'),
    organizationalUnits: texts('2.5.4.11'),
    countries: texts('2.5.4.6'),
    provinces: texts('2.5.4.8'),
    localities: texts('2.5.4.7'),
    streetAddresses: texts('2.5.4.9'),
    postalCodes: texts('2.5.4.17'),
  };
}

/**
 * The name as `/O=c/OU=b/CN=a`, in the order of its encoding, the parts of one RDN joined by "+". In values "/", "+" and "\" are escaped
 * by "\", as `openssl req -subj` reads them, and characters that show as nothing by their octets, as in RFC 4514; a value that is no
 * string, or of an unknown type, is `#` and its DER in hexadecimal.
 */
function slashName(name: Name): string {
  return name.rdns.map((rdn) => `/${rdn.map(slashAttribute).join('+')}`).join('');
}

function slashAttribute({ oid, value, der }: NameAttribute): string {
  const type = attributeType(oid);
  if (type === oid || (value === '' && der.length > 2)) return `${type}=#${Buffer.from(der).toString('hex')}`;
  const escaped = value
    .replaceAll(/[\\/+]/g, '\\$&')
    .replace(/^#/, '\\#')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      [...Buffer.from(character)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join(''),
    );
  return `${type}=${escaped}`;
}
