import type { PolicyRule } from '../../api/policy-fields.ts';
import type { PolicySubject, Verdict } from './contract.ts';

/** Says whether one of the rules is for the request and allows all that it asks for. */
export function judge(_rules: readonly PolicyRule[], _subject: PolicySubject): Verdict {
  return { allowed: false, message: 'not yet' };
}
