import { parseCsr, type Csr } from '../../../../../src/x509/csr.ts';
import type { Name } from '../../../../../src/x509/name.ts';
import { createValues, withValues } from '../../../../../src/signers/http-pki/template/sign-values.ts';
import type { TemplateValues } from '../../../../../src/signers/http-pki/template/values.ts';
import type { SignRequest } from '../../../../../src/signers/signer.ts';
import { opensslCsr } from '../../../x509/tools.ts';

const parsed = parseCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example' }));
if (!parsed.ok) throw new Error(parsed.error.message);

/** A CSR that openssl made. */
export const sampleCsr: Csr = parsed.value;

export const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A name of the given attributes, one RDN each. */
export function nameOf(attributes: readonly (readonly [oid: string, value: string])[]): Name {
  return {
    der: new Uint8Array(),
    rdns: attributes.map(([oid, value]) => [
      { oid, value, der: Buffer.from(`0c00${Buffer.from(value).toString('hex')}`, 'hex') },
    ]),
  };
}

/** What a requester may choose. */
export interface Chosen {
  readonly commonName?: string;
  readonly dns?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export function sampleRequest({
  commonName = 'test.example.com',
  dns = ['a.example', 'b.example'],
  annotations = {},
}: Chosen = {}): SignRequest {
  return {
    csr: {
      ...sampleCsr,
      subject: nameOf([
        ['2.5.4.10', 'Example'],
        ['2.5.4.3', commonName],
      ]),
      sans: {
        dns,
        ip: ['10.0.0.1'],
        uri: ['spiffe://a/b'],
        email: ['a@b.example'],
        otherName: [{ oid: '1.2.3', value: Buffer.from('0c0178', 'hex') }],
        unsupported: [],
      },
    },
    durationSeconds: 90 * 86_400,
    usages: ['digital signature', 'server auth'],
    isCA: false,
    idempotencyKey: 'uid-1',
    firstTryAt: now - 1000,
    origin: { name: 'web-1', namespace: 'shop', uid: 'uid-1', annotations, labels: { app: 'web' } },
  };
}

/** The values of an attempt at a usual request, with what a requester chose in place. */
export function sampleValues(chosen: Chosen = {}): TemplateValues {
  const values = createValues({
    request: sampleRequest(chosen),
    issuer: { kind: 'ExternalIssuer', name: 'pki', namespace: 'shop' },
    secret: { username: 'u', password: 'p', 'hmac-key': 'Jefe', 'hex-key': '4a656665', 'base64-key': 'SmVmZQ==' },
    allowedAnnotations: ['team', 'example.com/team'],
    allowedLabels: ['app'],
    now,
    uuid: '6f0f2a52-7f5f-4c43-9f0e-0f0a5a9b8f10',
  });
  return withValues(values, {
    auth: { token: 'T+/=', signature: 'c2lnbmF0dXJl/w==' },
    steps: { login: { url: 'https://ca.example/next', count: 3, list: ['x', 'y'], nothing: null } },
  });
}
