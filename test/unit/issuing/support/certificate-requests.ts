import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Condition } from '../../../../src/api/conditions.ts';
import { requestField, csrPem } from './views.ts';

export const approved: Condition = { type: 'Approved', status: 'True', reason: 'cert-manager.io', message: 'approved' };

type Overrides = {
  readonly metadata?: Partial<CertificateRequest['metadata']>;
  readonly spec?: Partial<CertificateRequest['spec']>;
  readonly status?: CertificateRequest['status'];
};

/** An approved CertificateRequest of ExternalIssuer "ca", as cert-manager makes it. */
export function certificateRequest({ metadata, spec, status }: Overrides = {}): CertificateRequest {
  return {
    metadata: {
      name: 'web-1',
      namespace: 'team-a',
      uid: 'uid-1',
      resourceVersion: '10',
      creationTimestamp: '2027-01-15T08:00:00Z',
      ...metadata,
    },
    spec: {
      request: requestField(csrPem),
      issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'ca' },
      duration: '2160h0m0s',
      usages: ['digital signature', 'key encipherment'],
      ...spec,
    },
    status: status ?? { conditions: [approved] },
  };
}

/** The conditions of an object by their types. */
export function conditionsOf({ status }: CertificateRequest): Readonly<Record<string, Condition>> {
  return Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition]));
}
