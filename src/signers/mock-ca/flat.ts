import { err, type Result } from '../../lib/result.ts';

/**
 * What is said of a ConfigMap of the Go controller (`signer-type`, `mockca-cert-validity`, `mockca-key-size`, or the `pki-*` keys beside
 * them) that an issuer of the mock CA names; undefined where it holds none of these keys. That controller never read it, so nothing
 * that it says is taken over; the error says where each setting belongs now.
 */
export function refuseFlatMockCa(data: ReadonlyMap<string, Uint8Array>): Result<never, string> | undefined {
  const names = [...data.keys()].filter((name) => name === 'signer-type' || /^(?:mockca|pki)-(?!config)/.test(name));
  if (names.length === 0) return undefined;
  const settings = [
    ...(names.includes('mockca-key-size') ? ['mockca-key-size is spec.mockCa.keySize, with keyAlgorithm RSA'] : []),
    ...(names.includes('mockca-cert-validity') ? ['mockca-cert-validity is spec.duration of each Certificate'] : []),
  ];
  const place = settings.length === 0 ? '' : ` (${settings.join('; ')})`;
  const keys = names.slice(0, 10).join(', ');
  return err(
    `the mock CA is not configured by ${keys}; remove spec.configMapRef, and set spec.mockCa where you need it${place}`,
  );
}
