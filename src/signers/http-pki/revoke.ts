import type { CallContext, RevokeOutcome } from '../signer.ts';
import type { PlainExchangeDeps } from './check.ts';
import { converse, outcomeOf } from './conversation.ts';
import { withValues } from './template/sign-values.ts';

/** Sends the request that revokes; it is sent once, whatever becomes of it. */
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
    const { code, message } = outcomeOf(heard.error);
    return { outcome: 'not-revoked', code, message };
  }
  const { verdict, answer } = heard.value;
  if (verdict.verdict === 'good' || verdict.verdict === 'pending') {
    return { outcome: 'revoked', message: `The CA answered ${answer.status} to the revocation of ${hex}.` };
  }
  return { outcome: 'not-revoked', code: verdict.code, message: verdict.message };
}
