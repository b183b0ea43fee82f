import type { Issued } from '../../../../src/signers/signer.ts';
import { issued, testCA } from '../../x509/ca-tools.ts';
import { goodCsr } from '../../x509/tools.ts';
import { csrPem, now } from './views.ts';

/** What a CA answers for {@link csrPem}; its clock is ahead of the test's by that much. */
export async function issuedAnswer(aheadMs = 0): Promise<Issued> {
  const ca = await testCA({}, { now: () => now + aheadMs });
  const { chainPem, caPem } = await issued(ca, { csr: goodCsr(csrPem), usages: ['digital signature'] });
  return { outcome: 'issued', chainPem, caPem };
}
