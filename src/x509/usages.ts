/**
 * The usages a request may name, as cert-manager spells them, and what each means in X.509: a bit of the KeyUsage
 * extension (RFC 5280 section 4.2.1.3, bit number) or an ExtendedKeyUsage object identifier (section 4.2.1.12).
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.KeyUsage
 */
const keyUsageBits = {
  signing: 0,
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
  'encipher only': 7,
  'decipher only': 8,
} as const;

const extendedKeyUsageOids = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
} as const;

/** The extended key usage that stands for all (RFC 5280 section 4.2.1.12). */
export const anyExtendedKeyUsage = extendedKeyUsageOids.any;

/** The name of an extended key usage as cert-manager spells it, or its object identifier where it has none. */
export function extendedKeyUsageName(oid: string): string {
  return Object.entries(extendedKeyUsageOids).find(([, known]) => known === oid)?.[0] ?? oid;
}

/** KeyUsage as bit numbers and ExtendedKeyUsage as object identifiers, each in a stable order and without duplicates. */
export interface UsageSet {
  readonly keyUsage: readonly number[];
  readonly extendedKeyUsage: readonly string[];
}

/** The names of all usages. */
export const usageNames: readonly string[] = [...Object.keys(keyUsageBits), ...Object.keys(extendedKeyUsageOids)];

/** The usages that apply where a request names none, as cert-manager's own issuers have it. */
export const defaultUsages: readonly string[] = ['digital signature', 'key encipherment'];

/** Resolves usage names once; `unknown` lists the names that mean nothing, as they were written. */
export function resolveUsages(names: readonly string[]): { readonly usages: UsageSet; readonly unknown: readonly string[] } {
  const keyUsage = new Set<number>();
  const extendedKeyUsage = new Set<string>();
  const unknown: string[] = [];
  for (const name of names) {
    if (Object.hasOwn(keyUsageBits, name)) keyUsage.add(keyUsageBits[name as keyof typeof keyUsageBits]);
    else if (Object.hasOwn(extendedKeyUsageOids, name)) {
      extendedKeyUsage.add(extendedKeyUsageOids[name as keyof typeof extendedKeyUsageOids]);
    } else unknown.push(name);
  }
  return {
    usages: { keyUsage: [...keyUsage].toSorted((a, b) => a - b), extendedKeyUsage: [...extendedKeyUsage].toSorted() },
    unknown,
  };
}

/** Bit number of keyCertSign (RFC 5280 section 4.2.1.3): the usage that CAs have and nobody else. */
export const certSign = keyUsageBits['cert sign'];

/** What a CA certificate is for: to sign certificates and revocation lists, and, for OCSP answers, digital signatures. */
export const caUsages: UsageSet = {
  keyUsage: [keyUsageBits['digital signature'], certSign, keyUsageBits['crl sign']],
  extendedKeyUsage: [],
};

/**
 * The usages a certificate carries: those given, with `cert sign` exactly where it is a CA certificate. RFC 5280 section 4.2.1.3 wants
 * it of CAs and forbids it to others; OpenSSL and Go refuse both mistakes.
 */
export function certificateUsages(usages: UsageSet, isCA: boolean): UsageSet {
  const others = usages.keyUsage.filter((bit) => bit !== certSign);
  return { ...usages, keyUsage: isCA ? [...others, certSign].toSorted((a, b) => a - b) : others };
}
