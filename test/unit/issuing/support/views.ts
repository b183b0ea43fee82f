import { ok } from '../../../../src/lib/result.ts';
import { encodePem } from '../../../../src/x509/pem.ts';
import type { IssuerView, RequestView } from '../../../../src/issuing/request-view.ts';
import { buildCsr, extension, p256 } from '../../x509/tools.ts';

/** The time of these tests, milliseconds since the epoch: 2027-01-15T08:00:00Z, as the fake clock begins. */
export const now = 1_800_000_000_000;

/** A CSR for a.example by {@link p256}, with an empty subject, as PEM. */
export const csrPem: string = encodePem(
  'CERTIFICATE REQUEST',
  buildCsr({ key: p256, extensions: [extension('2.5.29.17', '300b8209612e6578616d706c65', true)] }),
);

/** A PEM text as `spec.request` holds it. */
export function requestField(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

export const teamIssuer = { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' } as const;
export const clusterIssuer = { kind: 'ExternalClusterIssuer', name: 'ca' } as const;

/** An approved request of {@link teamIssuer}. */
export function requestView(overrides: Partial<RequestView> = {}): RequestView {
  return {
    kind: 'CertificateRequest',
    uid: 'uid-1',
    namespace: 'team-a',
    name: 'web-1',
    resourceVersion: '10',
    createdAt: now,
    issuer: teamIssuer,
    approval: 'approved',
    csr: requestField(csrPem),
    duration: ok(90 * 86_400),
    usages: ['digital signature', 'key encipherment'],
    isCA: false,
    annotations: {},
    labels: {},
    ...overrides,
  };
}

type Ready = NonNullable<IssuerView['ready']>;

/** The Ready condition of an issuer that was checked in its third generation. */
export function readyCondition(overrides: Partial<Ready> = {}): Ready {
  return {
    status: 'True',
    reason: 'Checked',
    message: 'all is well',
    since: '2027-01-15T07:00:00Z',
    observedGeneration: 3,
    ...overrides,
  };
}

/** An issuer in its third generation, ready. */
export function issuerView(overrides: Partial<IssuerView> = {}): IssuerView {
  return {
    uid: 'issuer-uid',
    key: teamIssuer,
    generation: 3,
    resourceVersion: '5',
    ready: readyCondition(),
    spec: { signerType: 'fake' },
    ...overrides,
  };
}

/** An issuer that nobody has looked at yet. */
export function newIssuerView(overrides: Partial<IssuerView> = {}): IssuerView {
  const { ready: _ready, ...rest } = issuerView(overrides);
  return rest;
}
