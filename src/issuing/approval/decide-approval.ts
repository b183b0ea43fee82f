import { checkRequest } from '../check-request.ts';
import { judge } from '../policy/judge.ts';
import { policyProblem, policySubject } from '../policy/check-policy.ts';
import { issuerWords, type RequestView } from '../request-view.ts';
import type { IssuerRules } from './issuer-rules.ts';

/** What is written about a request; `reason` is one word for programs, `message` is for who made the request. */
export interface Approval {
  readonly type: 'Approved' | 'Denied';
  readonly reason: string;
  readonly message: string;
}

/** What is to be done about a request: nothing, and why; or what is to be written. */
export type ApprovalDecision =
  | { readonly act: 'leave'; readonly why: string; /** Something is wrong that somebody must mend. */ readonly trouble?: true }
  | { readonly act: 'write'; readonly approval: Approval };

/**
 * Decides about one request by the rules of its issuer alone. One whose issuer is unknown, or has no rules, is left to
 * whoever else approves; one that no rule allows, or that cannot be read, is denied.
 * @param now milliseconds since the epoch.
 */
export function decideApproval(request: RequestView, issuer: IssuerRules | undefined, now: number): ApprovalDecision {
  if (request.approval !== 'undecided') return leave('it is decided');
  if (issuer === undefined) return leave('its issuer does not exist');
  if (!issuer.policy.ok) {
    const why = `the policy of ${issuerWords(issuer.key)} cannot be read: ${issuer.policy.error.join('; ')}`;
    return { act: 'leave', why, trouble: true };
  }
  const { rules, ...policy } = issuer.policy.value;
  if (rules === undefined) return leave('its issuer has no rules in spec.policy');

  const checked = checkRequest(request, now);
  if (!checked.ok) return denied(checked.error.code, checked.error.message);
  const problem = policyProblem(request, checked.value, policy);
  if (problem !== undefined) return denied(problem.code, problem.message);
  const verdict = judge(rules, policySubject(request, checked.value));
  const words = issuerWords(issuer.key);
  if (!verdict.allowed) return denied('PolicyViolation', `${words}: ${verdict.message}`);
  const message = `Allowed by rule "${verdict.rule}" of ${words}.`;
  return { act: 'write', approval: { type: 'Approved', reason: 'PolicyApproved', message } };
}

/** The decision to deny a request. */
export function denied(reason: string, message: string): ApprovalDecision & { readonly act: 'write' } {
  return { act: 'write', approval: { type: 'Denied', reason, message } };
}

function leave(why: string): ApprovalDecision {
  return { act: 'leave', why };
}
