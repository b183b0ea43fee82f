import { certificatesGroup, certManagerGroup, controllerNamespace, group, issuerKinds, leaderLeaseName } from './group.ts';

/** Who approves requests for our issuers: one at most, since of two the more generous one would win. */
export const approvers = ['built-in', 'cert-manager', 'none'] as const;

/** One of {@link approvers}. */
export type Approver = (typeof approvers)[number];

/** A kind of requests that the controller signs, and the approver decides about. */
type RequestKind = 'CertificateRequest' | 'CertificateSigningRequest';

/** The controller may make tokens of it. */
export interface TokenAccount {
  readonly namespace: string;
  readonly name: string;
}

/** Where the parties are: the controller, the approver, and cert-manager; which of them approves requests; and what they may do. */
export interface RbacOptions {
  /** Where the controller and the built-in approver run. */
  readonly namespace: string;
  /** Where the refs of cluster issuers are; the controller's `--cluster-resource-namespace`. */
  readonly clusterResourceNamespace: string;
  readonly certManagerNamespace: string;
  readonly certManagerServiceAccount: string;
  /** Absent: cert-manager. */
  readonly approver?: Approver;
  /** Absent: all kinds. */
  readonly requestKinds?: readonly RequestKind[];
  /** Where issuers refer to Secrets and ConfigMaps, besides the cluster resource namespace. Absent: nowhere. */
  readonly issuerNamespaces?: readonly string[];
  /** References may be read in every namespace, whatever {@link issuerNamespaces} says. */
  readonly clusterWideReferences?: boolean;
  /** What issuers name as `serviceAccountRef`. */
  readonly serviceAccountTokens?: readonly TokenAccount[];
  /** Who reads the metrics is looked up at the API server (`--metrics-secure`). */
  readonly metricsSecure?: boolean;
  /** Absent: what RBAC cannot limit is limited by admission policies, which Kubernetes has since 1.30. */
  readonly admissionPolicy?: boolean;
  /** Absent: the roles view, edit and admin of the cluster take in the rights on issuers. */
  readonly aggregateToDefaultRoles?: boolean;
}

/** The names in the shipped manifests. */
export const defaultRbacOptions = {
  namespace: controllerNamespace,
  clusterResourceNamespace: controllerNamespace,
  certManagerNamespace: 'cert-manager',
  certManagerServiceAccount: 'cert-manager',
  approver: 'cert-manager',
} as const satisfies RbacOptions;

/** One rule of a Role or ClusterRole, and what somebody needs it for. */
export interface RbacRule {
  readonly reason: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
  /** The kind of requests that it is for; absent: needed with any. */
  readonly requestKind?: RequestKind;
}

/** One rule about a path of the servers of this project, which the API server only gives its word for. */
export interface UrlRule {
  readonly reason: string;
  readonly nonResourceURLs: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules that are needed where only these kinds of requests are worked on; `undefined`: all kinds. */
export function rulesFor(rules: readonly RbacRule[], kinds: readonly RequestKind[] | undefined): readonly RbacRule[] {
  return rules.filter(({ requestKind }) => kinds === undefined || requestKind === undefined || kinds.includes(requestKind));
}

/** To see objects, and each change of them. */
export const reading = ['get', 'list', 'watch'];
/** The resources of both issuer kinds. */
export const issuers = issuerKinds.map(({ plural }) => plural);
/** Every issuer of both kinds, as signer names. */
export const allSigners = issuers.map((plural) => `${plural}.${group}/*`);
const namespacedIssuers = issuerKinds.filter(({ namespaced }) => namespaced).map(({ plural }) => plural);

/** What the controller does in every namespace. It reads no Secret or ConfigMap by these rules. */
export const controllerRules: readonly RbacRule[] = [
  {
    reason: 'See the requests that are to be signed.',
    apiGroups: [certManagerGroup],
    resources: ['certificaterequests'],
    verbs: reading,
    requestKind: 'CertificateRequest',
  },
  {
    reason: 'Write the certificate, or why there is none yet, into the status of a request.',
    apiGroups: [certManagerGroup],
    resources: ['certificaterequests/status'],
    verbs: ['patch'],
    requestKind: 'CertificateRequest',
  },
  {
    reason: 'See the requests of Kubernetes that are to be signed. The API server cannot limit this to signer names.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests'],
    verbs: reading,
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Write the certificate, or why there is none, into the status of such a request.',
    apiGroups: [certificatesGroup],
    resources: ['certificatesigningrequests/status'],
    verbs: ['patch'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Write it only where one of our issuers is asked.',
    apiGroups: [certificatesGroup],
    resources: ['signers'],
    resourceNames: allSigners,
    verbs: ['sign'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'Ask whether who makes such a request may use an issuer of a namespace.',
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
    requestKind: 'CertificateSigningRequest',
  },
  {
    reason: 'See the issuers.',
    apiGroups: [group],
    resources: issuers,
    verbs: reading,
  },
  {
    reason: 'Write into the status of an issuer whether it is ready.',
    apiGroups: [group],
    resources: issuers.map((plural) => `${plural}/status`),
    verbs: ['patch'],
  },
  {
    reason: 'Tell what happened to a request or an issuer; patch counts a repetition.',
    apiGroups: ['events.k8s.io'],
    resources: ['events'],
    verbs: ['create', 'patch'],
  },
];

/** What the replicas of a process elect their leader with, in their namespace, by the Lease of that name. */
export function electionRules(leaseName: string): readonly RbacRule[] {
  return [
    {
      reason: 'Make the Lease. The API server cannot limit create to a name.',
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      verbs: ['create'],
    },
    {
      reason: 'Take, renew and release the Lease.',
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [leaseName],
      verbs: ['get', 'update'],
    },
  ];
}

/** What the replicas of the controller elect their leader with. */
export const leaderElectionRules: readonly RbacRule[] = electionRules(leaderLeaseName);

/** What the controller reads for the issuers, in each namespace where it may. */
export const refsRules: readonly RbacRule[] = [
  {
    reason: 'Read what configMapRef and authSecretRef of issuers name, and notice when it changes.',
    apiGroups: [''],
    resources: ['configmaps', 'secrets'],
    verbs: reading,
  },
];

/** What the controller needs to log in with a token of a ServiceAccount that issuers name. */
export function tokenRules(name: string): readonly RbacRule[] {
  return [
    {
      reason: 'Make the tokens that issuers log in with, of this ServiceAccount and no other.',
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [name],
      verbs: ['create'],
    },
  ];
}

/** What cert-manager needs before it approves requests that name our issuers. */
export const approverRules: readonly RbacRule[] = [
  {
    reason: 'Approve requests for every issuer of both kinds.',
    apiGroups: [certManagerGroup],
    resources: ['signers'],
    resourceNames: allSigners,
    verbs: ['approve'],
    requestKind: 'CertificateRequest',
  },
];

/** What is added to the roles view, edit and admin of the cluster. */
export const viewRules: readonly RbacRule[] = [
  {
    reason: 'See issuers and whether they are ready. They hold no credentials, only the names of Secrets.',
    apiGroups: [group],
    resources: issuers,
    verbs: reading,
  },
];

/** What is added to the roles edit and admin of the cluster: cluster issuers stay with the cluster's administrators. */
export const editRules: readonly RbacRule[] = [
  {
    reason: 'Manage the issuers of a namespace. What they refer to stays in that namespace.',
    apiGroups: [group],
    resources: namespacedIssuers,
    verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'],
  },
];
