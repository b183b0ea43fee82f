import { certificatesGroup, group } from './group.ts';
import { allSigners, reading, type RbacRule } from './rbac-rules.ts';

/** What a person needs who approves and denies CertificateSigningRequests for our issuers. */
export const csrApproverRules: readonly RbacRule[] = [
  {
    reason: 'See what is asked for.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests'],
    verbs: reading,
  },
  {
    reason: 'Approve and deny.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests/approval'],
    verbs: ['update'],
  },
  {
    reason: 'Do so for every issuer of both kinds, and for no other signer.',
    apiGroups: [certificatesGroup],
    resources: ['signers'],
    resourceNames: allSigners,
    verbs: ['approve'],
  },
  {
    reason: 'See what happened to a request.',
    apiGroups: ['', 'events.k8s.io'],
    resources: ['events'],
    verbs: reading,
  },
];

/** What a person, or a program, needs that asks for certificates by CertificateSigningRequests. */
export const csrRequesterRules: readonly RbacRule[] = [
  {
    reason: 'Ask, and fetch the certificate. The API server limits neither to signer names nor to own requests.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests'],
    verbs: ['create', ...reading],
  },
];

/** What who makes a CertificateSigningRequest needs in the namespace of an ExternalIssuer that it names. */
export const referenceRules: readonly RbacRule[] = [
  {
    reason: 'Name the ExternalIssuers of the namespace in CertificateSigningRequests.',
    apiGroups: [group],
    resources: ['signers'],
    verbs: ['reference'],
  },
];
