import { approverServiceAccount, certManagerGroup, controllerServiceAccount, group } from './group.ts';
import { metadata, type Manifest } from './manifest.ts';
import { defaultRbacOptions, type RbacOptions } from './rbac-rules.ts';

/** Who is limited: the parties that may write the status of CertificateRequests. */
export type LimitedParty = 'controller' | 'approver';

/** One thing that is refused unless the expression holds (CEL), and what the refused one is told. */
interface Limit {
  readonly expression: string;
  readonly message: string;
}

/** `spec` of a ValidatingAdmissionPolicy. */
export type PolicySpec = Readonly<Record<string, unknown>>;

const apiVersion = 'admissionregistration.k8s.io/v1';

/** No status, and no conditions in it, is the same as none of them; names of types are unique in the list. */
const variables = [
  { name: 'now', expression: 'object.?status.?conditions.orValue([])' },
  { name: 'before', expression: 'oldObject.?status.?conditions.orValue([])' },
];

const decisions = "['Approved', 'Denied']";

const oursAlone: Limit = {
  expression: `object.spec.issuerRef.?group.orValue('') == '${group}'`,
  message: `spec.issuerRef.group: this ServiceAccount may write the status of requests for issuers of ${group} only`,
};

function isTrueBefore(type: string): string {
  return `variables.before.exists(c, c.type == '${type}' && c.status == 'True')`;
}

function isUnchanged(field: string): string {
  return `object.?status.?${field} == oldObject.?status.?${field}`;
}

const limits: Readonly<Record<LimitedParty, readonly Limit[]>> = {
  controller: [
    oursAlone,
    {
      expression: `${decisions}.all(t, variables.now.filter(c, c.type == t) == variables.before.filter(c, c.type == t))`,
      message:
        'status.conditions: Approved and Denied are for the approver to set; this ServiceAccount signs, and may not change them',
    },
    {
      expression:
        `(${isUnchanged('certificate')} && ${isUnchanged('ca')}) || ` +
        `(${isTrueBefore('Approved')} && !${isTrueBefore('Denied')})`,
      message:
        'status.certificate: the request is not approved; this ServiceAccount may write certificates of approved requests only',
    },
  ],
  approver: [
    oursAlone,
    {
      expression: ['certificate', 'ca', 'failureTime'].map(isUnchanged).join(' && '),
      message:
        'status: certificate, ca and failureTime are for the controller to write; this ServiceAccount approves and denies only',
    },
    {
      expression:
        `variables.now.all(c, c.type in ${decisions} || c in variables.before) && ` +
        `variables.before.all(c, c.type in ${decisions} || c in variables.now)`,
      message: 'status.conditions: this ServiceAccount may write Approved and Denied only',
    },
  ],
};

/**
 * What RBAC cannot say of the right to patch `certificaterequests/status`: for which issuers, and which parts. It is asked about
 * writes of that user alone, so that it stands in nobody else's way.
 * @param user as the API server names it: `system:serviceaccount:NAMESPACE:NAME`.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function policySpec(party: LimitedParty, user: string): PolicySpec {
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [certManagerGroup],
          apiVersions: ['v1'],
          operations: ['UPDATE'],
          resources: ['certificaterequests/status'],
        },
      ],
    },
    matchConditions: [{ name: `is-the-${party}`, expression: `request.userInfo.username == '${user}'` }],
    variables,
    validations: limits[party].map((limit) => ({ ...limit, reason: 'Forbidden' })),
  };
}

/** The policies of the parties that there are, each with its binding; none where nobody may write CertificateRequests. */
export function admissionPolicies(options: RbacOptions): readonly Manifest[] {
  const { namespace, requestKinds, approver = defaultRbacOptions.approver, admissionPolicy = true } = options;
  if (!admissionPolicy || requestKinds?.includes('CertificateRequest') === false) return [];
  const controller = policy('controller', `system:serviceaccount:${namespace}:${controllerServiceAccount}`);
  if (approver !== 'built-in') return controller;
  return [...controller, ...policy('approver', `system:serviceaccount:${namespace}:${approverServiceAccount}`)];
}

function policy(party: LimitedParty, user: string): readonly Manifest[] {
  const name = `external-issuer-${party}-policy`;
  return [
    {
      comment: ` What RBAC cannot limit: which CertificateRequests the ${party} writes, and what of them. It is asked of nobody else.`,
      object: {
        apiVersion,
        kind: 'ValidatingAdmissionPolicy',
        metadata: metadata(name),
        spec: policySpec(party, user),
      },
    },
    {
      object: {
        apiVersion,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: metadata(`${name}-binding`),
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    },
  ];
}
