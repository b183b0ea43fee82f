import { momentText } from '../../lib/moment.ts';
import { formatName } from '../../x509/name.ts';
import type { CheckOutcome } from '../signer.ts';
import { caFacts, endsSoon } from './facts.ts';
import type { FitCa } from './read-held.ts';

type Healthy = Extract<CheckOutcome, { readonly outcome: 'healthy' }>;

/** What a check says of a CA that may sign. Of its time only moments are named: words that change would be news at each check. */
export function healthyCa({ certificate: { certificate }, key, algorithm, warnings }: FitCa, now: number): Healthy {
  const { subject, notBefore, notAfter } = certificate;
  const name = formatName(subject, 200);
  const end = momentText(notAfter);
  const isEnding = endsSoon({ notBefore, notAfter }, now);
  const ending = {
    code: 'CAExpiresSoon',
    message:
      `The CA certificate "${name}" ends at ${end}: what is issued until then ends with it, and after that nothing is issued. ` +
      'Renew it with the same key, or move to a new CA, with the old and the new root in ca meanwhile.',
  };
  return {
    outcome: 'healthy',
    message: `The CA "${name}" signs with ${algorithm} by ${key.id} and is valid until ${end}.`,
    warnings: [...warnings, ...(isEnding ? [ending] : [])],
    ca: caFacts(certificate, key.id),
  };
}
