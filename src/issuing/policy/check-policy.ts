import type { Policy } from '../../api/policy-fields.ts';
import type { SignRequest } from '../../signers/signer.ts';
import { attributeValues } from '../../x509/name.ts';
import type { RequestProblem } from '../check-request.ts';
import type { RequestView } from '../request-view.ts';
import type { PolicySubject } from './contract.ts';
import { judge } from './judge.ts';

/** The group whose members may do everything, whatever RBAC says. */
export const systemMasters = 'system:masters';

/**
 * What the issuer's policy has against a request, whoever approved it; undefined where it may be signed.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
export function policyProblem(request: RequestView, wanted: SignRequest, policy: Policy): RequestProblem | undefined {
  if (!policy.allowSystemMasters && attributeValues(wanted.csr.subject, 'O').includes(systemMasters)) {
    return {
      code: 'SystemMastersRefused',
      message:
        `The subject holds O=${systemMasters}: an API server that trusts the CA would let who has the certificate do everything. Ask ` +
        "for a group with the rights that are needed; where it must be, the issuer's author sets spec.policy.allowSystemMasters.",
    };
  }
  if (!policy.allowSystemMasters && attributeValues(wanted.csr.subject, 'O').includes('')) {
    return {
      code: 'SystemMastersRefused',
      message:
        'The subject holds an O that cannot be read: a CA that encodes it anew could make any group of it. Leave it out of the CSR, or ' +
        'write it as a UTF8String.',
    };
  }
  if (policy.rules === undefined) return undefined;
  const verdict = judge(policy.rules, policySubject(request, wanted));
  return verdict.allowed ? undefined : { code: 'PolicyViolation', message: verdict.message };
}

/** What a policy looks at of a request. */
export function policySubject({ kind, namespace, requester }: RequestView, wanted: PolicySubject['wanted']): PolicySubject {
  return {
    kind,
    wanted,
    ...(namespace === undefined ? {} : { namespace }),
    ...(requester === undefined ? {} : { requester }),
  };
}
