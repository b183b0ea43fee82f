import { approverLeaseName, certificatesGroup, certManagerGroup, group } from './group.ts';
import { allSigners, electionRules, issuers, reading, type RbacRule } from './rbac-rules.ts';

/** What the built-in approver does in every namespace. It reads no Secret, and signs nothing. */
export const builtInApproverRules: readonly RbacRule[] = [
  {
    reason: 'See the requests that are to be decided about.',
    apiGroups: [certManagerGroup],
    resources: ['certificaterequests'],
    verbs: reading,
    requestKind: 'CertificateRequest',
  },
  {
    reason: 'Write the decision into the status of a request.',
    apiGroups: [certManagerGroup],
    resources: ['certificaterequests/status'],
    verbs: ['patch'],
    requestKind: 'CertificateRequest',
  },
  {
    reason: 'See the requests of Kubernetes that are to be decided about. The API server cannot limit this to signer names.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests'],
    verbs: reading,
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Write the decision about such a request.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests/approval'],
    verbs: ['patch'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Decide only where one of our issuers is asked.',
    apiGroups: [certManagerGroup],
    resources: ['signers'],
    resourceNames: allSigners,
    verbs: ['approve'],
    requestKind: 'CertificateRequest',
  },
  {
    reason: 'Decide about such requests only where one of our issuers is asked.',
    apiGroups: [certificatesGroup],
    resources: ['signers'],
    resourceNames: allSigners,
    verbs: ['approve'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Ask whether who makes a request of Kubernetes may use an issuer of a namespace.',
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'See the issuers, which hold the rules.',
    apiGroups: [group],
    resources: issuers,
    verbs: reading,
  },
  {
    reason: 'Tell what was decided; patch counts a repetition.',
    apiGroups: ['events.k8s.io'],
    resources: ['events'],
    verbs: ['create', 'patch'],
  },
];

/** What the replicas of the built-in approver elect their leader with. */
export const approverElectionRules: readonly RbacRule[] = electionRules(approverLeaseName);
