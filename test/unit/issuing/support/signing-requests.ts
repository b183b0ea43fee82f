import type { Condition } from '../../../../src/api/conditions.ts';
import type { CertificateSigningRequest } from '../../../../src/api/signing-request.ts';
import { csrPem, requestField } from './views.ts';

export const approvedByPerson: Condition = { type: 'Approved', status: 'True', reason: 'KubectlApprove', message: 'approved' };

type Overrides = {
  readonly metadata?: Partial<CertificateSigningRequest['metadata']>;
  readonly spec?: Partial<CertificateSigningRequest['spec']>;
  readonly status?: CertificateSigningRequest['status'];
};

/** An approved CertificateSigningRequest of ExternalIssuer "ca" in team-a, as the API server keeps it. */
export function signingRequest({ metadata, spec, status }: Overrides = {}): CertificateSigningRequest {
  return {
    metadata: {
      name: 'jane',
      uid: 'uid-1',
      resourceVersion: '10',
      creationTimestamp: '2027-01-15T08:00:00Z',
      ...metadata,
    },
    spec: {
      request: requestField(csrPem),
      signerName: 'externalissuers.external-issuer.io/team-a.ca',
      usages: ['digital signature', 'client auth'],
      username: 'jane',
      uid: 'user-1',
      groups: ['developers', 'system:authenticated'],
      extra: { 'example.com/team': ['a'] },
      ...spec,
    },
    status: status ?? { conditions: [approvedByPerson] },
  };
}
