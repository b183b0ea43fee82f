import type { AccessAnswer } from './facts.ts';
import { fine, type Finding } from './finding.ts';
import type { AccessQuestion, Purpose } from './questions.ts';

/** Whose rights are looked at. */
export interface RightsOf {
  readonly where: string;
  /** What the rights are needed for; those of `election` are of no use where no leader is elected. */
  readonly purposes: readonly Purpose[];
  readonly election: Purpose;
  /** The code and the words where none is missing. */
  readonly fine: readonly [code: string, words: string];
  readonly fix: string;
  /** What follows where these are missing, as the rest of a sentence; undefined where nothing is to be added. */
  readonly follows: (missing: readonly AccessQuestion[]) => string | undefined;
}

/** What rights are missing, by what they are needed for. */
export function checkRights(answers: readonly AccessAnswer[], of: RightsOf): readonly Finding[] {
  const asked = answers.filter(({ question }) => of.purposes.includes(question.purpose));
  const missing = asked.flatMap(({ question, allowed }) => (allowed ? [] : [question]));
  if (missing.length === 0) return [fine(of.fine[0], of.where, of.fine[1])];
  const byReason = Map.groupBy(missing, ({ reason }) => reason);
  return [...byReason].map(([reason, some]): Finding => {
    const follows = of.follows(some);
    return {
      severity: some.every(({ purpose }) => purpose === of.election) ? 'warning' : 'error',
      code: 'RightMissing',
      where: of.where,
      what: `may not ${rightsInWords(some)}; needed to: ${reason}${follows === undefined ? '' : ` ${follows}`}`,
      fix: of.fix,
    };
  });
}

/** `get, list certificaterequests of cert-manager.io`, `sign signers of certificates.k8s.io named a, b`. */
export function rightsInWords(questions: readonly AccessQuestion[]): string {
  const byResource = Map.groupBy(questions, ({ attributes: { group, resource, subresource } }) => {
    const path = subresource === undefined ? resource : `${resource}/${subresource}`;
    return group === '' ? path : `${path} of ${group}`;
  });
  return [...byResource]
    .map(([what, some]) => {
      const verbs = [...new Set(some.map(({ attributes }) => attributes.verb))];
      const names = [...new Set(some.flatMap(({ attributes }) => attributes.name ?? []))];
      return `${verbs.join(', ')} ${what}${names.length === 0 ? '' : ` named ${names.join(', ')}`}`;
    })
    .join('; ');
}
