import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { oneLine } from '../../lib/one-line.ts';
import { printable } from '../../lib/printable.ts';
import { ended } from '../../lib/sentence.ts';
import type { Remark } from './remarks.ts';
import { signingRequestState } from './wait-state.ts';

/** What an approver does. */
export type Decision = 'approve' | 'deny';

/** What is to become of a request: it is decided, nothing is left to do, or it cannot be decided so. */
export type Judgement =
  | { readonly judgement: 'decide' }
  | { readonly judgement: 'done'; readonly text: string }
  /** `forceable` where it is only dangerous. */
  | { readonly judgement: 'refused'; readonly text: string; readonly forceable: boolean };

/** Characters of a text that others wrote. */
const longestText = 500;

/**
 * Whether the request can be decided so. What was decided stays decided: the API server takes back neither.
 * @param dangers the remarks that refuse an approval.
 */
export function judgeRequest(
  decision: Decision,
  request: CertificateSigningRequest,
  dangers: readonly Remark[],
  force: boolean,
): Judgement {
  const state = signingRequestState(request);
  const anew = 'That cannot be changed: the request must be made again under another name.';
  const approves = decision === 'approve';
  switch (state.state) {
    case 'issued':
      if (approves) return done('has its certificate already.');
      return refused('has its certificate already. To keep it from being used, take away the rights of its user.');
    case 'approved':
      if (approves) return done('is approved already; its signer has not signed it yet.');
      return refused('is approved already, and an approval cannot be taken back; delete the request if it is not signed yet.');
    case 'denied': {
      const text = `was denied already: ${because(state)}`;
      return approves ? refused(`${text} ${anew}`) : done(text);
    }
    case 'failed':
      return refused(`has failed: ${because(state)} ${anew}`);
    case 'unapproved':
      if (!approves || force || dangers.length === 0) return { judgement: 'decide' };
      return {
        ...refused(`is dangerous to approve: ${dangers.map(({ text }) => printable(text)).join(' ')}`),
        forceable: true,
      };
    default:
      return state satisfies never;
  }
}

function done(text: string): Judgement & { readonly judgement: 'done' } {
  return { judgement: 'done', text };
}

function refused(text: string): Judgement & { readonly judgement: 'refused' } {
  return { judgement: 'refused', text, forceable: false };
}

function because({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return ended(oneLine(reason === '' ? message : `${reason}: ${message}`, longestText));
}
