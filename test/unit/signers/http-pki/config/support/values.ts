import type { SubjectValues, TemplateValues } from '../../../../../../src/signers/http-pki/template/values.ts';

const der = Buffer.from('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd+/', 'base64');

/** What the tests vary of a request. */
export interface SampleRequest {
  readonly subject?: Partial<SubjectValues>;
  readonly dns?: readonly string[];
  readonly revision?: number;
}

/** The values of one request; its CSR is no CSR, but has "+", "/" and padding in base64. */
export function sampleValues({ subject = {}, dns = ['a.example'], revision = 1 }: SampleRequest = {}): TemplateValues {
  const bytes = Buffer.concat([der, Buffer.from([0xfb, 0xff, 0xfe, 0x01])]);
  const base64 = bytes.toString('base64');
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`;
  return {
    csr: {
      pem,
      base64,
      derBase64: base64,
      base64url: bytes.toString('base64url'),
      hex: bytes.toString('hex'),
      pemBase64: Buffer.from(pem).toString('base64'),
    },
    subject: {
      rfc4514: '',
      slash: '',
      commonName: 'a.example',
      serialNumber: '',
      organizations: [],
      organizationalUnits: [],
      countries: [],
      provinces: [],
      localities: [],
      streetAddresses: [],
      postalCodes: [],
      ...subject,
    },
    san: { dns, ip: [], uri: [], email: [], otherName: [], all: dns, typed: dns.map((name) => `DNS:${name}`) },
    duration: {
      seconds: 7_776_000,
      minutes: 129_600,
      hours: 2160,
      days: 90,
      go: '2160h0m0s',
      iso8601: 'PT7776000S',
      notAfter: '2027-01-01T00:00:00Z',
    },
    usages: ['digital signature', 'key encipherment'],
    isCA: false,
    request: { name: 'a-1', namespace: 'web', uid: 'u-1', revision, idempotencyKey: 'k-1', annotations: {}, labels: {} },
    issuer: { kind: 'ExternalIssuer', name: 'pki', namespace: 'web' },
    now: { rfc3339: '2026-10-03T00:00:00Z', unix: 1_791_072_000, unixMs: 1_791_072_000_000 },
    uuid: '00000000-0000-4000-8000-000000000000',
    secret: {},
    auth: {},
    steps: {},
    id: '',
    serial: { hex: '', decimal: '' },
  };
}
