import { formatDuration } from '../lib/duration.ts';
import type { CheckOutcome, Failed, IssuerBroken, Retry } from '../signers/signer.ts';
import { reasonText } from './reason.ts';

/**
 * What the controller would do about an outcome, as a sentence.
 * @param check checks the issuer, as the controller does where a signer calls it broken.
 */
export async function whatFollows(outcome: Failed | IssuerBroken | Retry, check: () => Promise<CheckOutcome>): Promise<string> {
  switch (outcome.outcome) {
    case 'failed':
      return 'The controller would fail the request.';
    case 'issuer-broken': {
      const checked = await check();
      if (checked.outcome !== 'healthy') {
        return `The check of the issuer fails too: ${reasonText(checked)} The controller would hold its requests back until the check passes.`;
      }
      const passes = 'The check of the issuer passes, so the controller would go on with other requests';
      return outcome.requestSuspected === true
        ? `${passes}, and fail this one for good.`
        : `${passes}, and try this one again until retry.budget of the issuer is used up.`;
    }
    case 'retry': {
      const { afterMs, mostAttempts } = outcome;
      const when = afterMs === undefined ? '' : `, after ${formatDuration(afterMs)}`;
      const most = mostAttempts === undefined ? '' : `, ${mostAttempts} times at most where it fails alike`;
      return `The controller would try again${when}${most}.`;
    }
    default:
      return outcome satisfies never;
  }
}
