import type { PolicyRule } from '../../api/policy-fields.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { Csr } from '../../x509/csr.ts';
import { attributeType, type NameAttribute } from '../../x509/name.ts';
import { dnsNameCheck } from './dns-names.ts';
import { lowerAscii, matchesSome } from './patterns.ts';

type Allow = PolicyRule['allow'];
type SubjectField = keyof NonNullable<Allow['subject']>;

/** The fields of `allow.subject` by the descriptors of RFC 4514. */
const fields: Readonly<Record<string, SubjectField>> = {
  CN: 'commonName',
  O: 'organization',
  OU: 'organizationalUnit',
  C: 'country',
  ST: 'province',
  L: 'locality',
  STREET: 'streetAddress',
  postalCode: 'postalCode',
  serialNumber: 'serialNumber',
  DC: 'domainComponent',
  UID: 'userId',
};

const longestValue = 100;

/** The first attribute of the subject that a rule does not allow, as a clause. */
export function subjectObjection({ subject = {}, dnsNames }: Allow, csr: Csr): string | undefined {
  const names = new Set(csr.sans.dns.filter(dnsNameCheck(dnsNames)).map(lowerAscii));
  for (const attribute of csr.subject.rdns.flat()) {
    const descriptor = attributeType(attribute.oid);
    const field = Object.hasOwn(fields, descriptor) ? fields[descriptor] : undefined;
    if (field !== undefined && isReadable(attribute) && matchesSome(subject[field], attribute.value)) continue;
    if (field === 'commonName' && names.has(lowerAscii(attribute.value))) continue;
    const value = isReadable(attribute) ? `"${oneLine(attribute.value, longestValue)}"` : 'that is no plain text';
    const where = field === undefined ? 'no rule can allow that attribute' : `allow.subject.${field}`;
    return `it does not allow ${descriptor} ${value} in the subject (${where})`;
  }
  return undefined;
}

/**
 * Whether a value is what everyone reads in it: one that is no string is read as an empty one, and one with a NUL ends there for some,
 * so that a star would let any name through (`admin\0@example.com`).
 */
function isReadable({ value, der }: NameAttribute): boolean {
  return value === '' ? der.length <= 2 : !/\p{Cc}/u.test(value);
}
