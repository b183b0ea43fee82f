/** The bits of KeyUsage, as OpenSSL and people call them (RFC 5280 section 4.2.1.3). */
const names = [
  'digital signature',
  'content commitment',
  'key encipherment',
  'data encipherment',
  'key agreement',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
] as const;

/** The names of key usages. @param bits bit numbers. */
export function usageNames(bits: readonly number[]): readonly string[] {
  return bits.map((bit) => names[bit] ?? `bit ${bit}`);
}
