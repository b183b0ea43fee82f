import type { PolicyRule } from '../../api/policy-fields.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { PolicySubject, Verdict } from './contract.ts';
import { isFor } from './match.ts';
import { objectionTo } from './objections.ts';
import { unreadPart } from './unread-parts.ts';

/** Rules whose objections are told; more would not be read. */
const mostTold = 3;
/** Characters of a message, and of a name in it. */
const longestMessage = 700;
const longestName = 100;

/**
 * Says whether one of the rules is for the request and allows all that it asks for. Rules do not add up: two of them that each allow a
 * part do not allow the whole.
 */
export function judge(rules: readonly PolicyRule[], subject: PolicySubject): Verdict {
  const fitting = rules.filter((rule) => isFor(rule, subject));
  const unread = fitting.length === 0 ? undefined : unreadObjection(subject.wanted.csr.der);
  const objections: string[] = [];
  for (const rule of fitting) {
    const objection = objectionTo(rule, subject.wanted) ?? unread;
    if (objection === undefined) return { allowed: true, rule: rule.name };
    if (objections.length < mostTold) objections.push(`rule "${rule.name}": ${objection}`);
  }
  const why = fitting.length === 0 ? `none is for ${askerOf(subject)}` : `${objections.join('; ')}${moreOf(fitting.length)}`;
  const message = `No rule in spec.policy.rules of the issuer allows the request: ${why}. Ask for what a rule allows, or have the issuer's author change them.`;
  return { allowed: false, message: oneLine(message, longestMessage) };
}

function unreadObjection(der: Uint8Array): string | undefined {
  const part = unreadPart(der);
  return part === undefined
    ? undefined
    : `no rule can allow the ${oneLine(part, longestName)} of the CSR; leave it out of the CSR`;
}

function moreOf(count: number): string {
  return count > mostTold ? `; ${count - mostTold} more do not either` : '';
}

/** Who a rule would have to be for. */
function askerOf({ kind, namespace, requester }: PolicySubject): string {
  const user = requester?.username ? `user "${oneLine(requester.username, longestName)}"` : 'a requester who is not known';
  return namespace === undefined
    ? `a ${kind} of ${user}`
    : `namespace "${oneLine(namespace, longestName)}" and ${user} (match)`;
}
