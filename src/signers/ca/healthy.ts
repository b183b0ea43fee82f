import { momentText } from '../../lib/moment.ts';
import { formatName } from '../../x509/name.ts';
import type { CheckOutcome } from '../signer.ts';
import { caFacts, endsSoon } from './facts.ts';
import type { FitCa } from './read-held.ts';

type Healthy = Extract<CheckOutcome, { readonly outcome: 'healthy' }>;

/** What a check says of a CA that may sign. Of its time only moments are named: words that change would be news at each check. */
export function healthyCa({ certificate: ca, key, algorithm, warnings }: FitCa, now: number): Healthy {
  const { certificate } = ca;
  const { endsFirst } = ca.limits;
  const name = formatName(certificate.subject, 200);
  const first = formatName(endsFirst.subject, 200);
  const isOwn = endsFirst === certificate;
  const end = momentText(endsFirst.notAfter);
  const ends = `ends at ${end}: what is issued until then ends with it, and after that nothing is issued.`;
  const ending = {
    code: 'CAExpiresSoon',
    message: isOwn
      ? `The CA certificate "${name}" ${ends} Renew it with the same key, or move to a new CA, with the old and the new root in ca meanwhile.`
      : `The certificate "${first}" above the CA "${name}" ${ends} Have it renewed with the same key and put it in place of the old one, or move to a new CA.`,
  };
  return {
    outcome: 'healthy',
    message: `The CA "${name}" signs with ${algorithm} by ${key.id} and is valid until ${end}${isOwn ? '' : `, when "${first}" above it ends`}.`,
    warnings: [...warnings, ...(endsSoon(endsFirst, now) ? [ending] : [])],
    ca: caFacts(certificate, key.id),
  };
}
