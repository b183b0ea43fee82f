import type { CallContext, RevokeOutcome } from '../signer.ts';
import type { PlainExchangeDeps } from './check.ts';
import { converse, outcomeOf } from './conversation.ts';
import { withValues } from './template/sign-values.ts';

/** Sends the request that revokes; it is sent once, and once more only after a 401 where there can be a new token. */
export async function revoke(
  serialHex: string,
  { plan, bases, plain, deps }: PlainExchangeDeps,
  context: CallContext,
): Promise<RevokeOutcome> {
  if (plan.revoke === undefined) throw new Error('revoke is offered only where it is configured');
  const hex = serialHex.toLowerCase();
  const values = withValues(plain(), { serial: { hex, decimal: BigInt(`0x${hex}`).toString() } });
  const heard = await converse(bases.current(), deps, context, !plan.credentialNeedsRequest).ask(plan.revoke, values);
  if (!heard.ok) {
    const { outcome, code, message } = outcomeOf(heard.error);
    const isSent = heard.error.why === 'network' && heard.error.failure.sent;
    return outcome === 'retry' && isSent ? unknown(code, message) : { outcome: 'not-revoked', code, message };
  }
  const { verdict, answer } = heard.value;
  if (verdict.verdict === 'good' || verdict.verdict === 'pending') {
    return { outcome: 'revoked', message: `The CA answered ${answer.status} to the revocation of ${hex}.` };
  }
  const { code, message } = verdict;
  return verdict.verdict === 'retry' ? unknown(code, message) : { outcome: 'not-revoked', code, message };
}

function unknown(code: string, message: string): RevokeOutcome {
  return { outcome: 'unknown', code, message: `${message} Look at the CA before you repeat this.` };
}
