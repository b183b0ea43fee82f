import { fine, type Finding } from './finding.ts';
import type { WhyWaiting } from './why-waiting.ts';

/** Requests that are told of one by one where they wait for the same thing. */
const mostAlike = 3;

/** A request, as findings name it, and why it waits. */
export interface Waiting {
  readonly where: string;
  readonly why: WhyWaiting;
}

/** The findings about requests that wait; of many that wait for one thing the first are told. @param kinds the requests in the plural. */
export function tellWaiting(kinds: string, waiting: readonly Waiting[]): readonly Finding[] {
  const groups = Map.groupBy(waiting, ({ why }) => `${why.severity} ${why.code} ${why.cause}`);
  const findings = [...groups.values()].flatMap((alike) => tellAlike(kinds, alike));
  if (findings.some(({ severity }) => severity !== 'ok')) return findings;
  return [...findings, fine('NoneStuck', kinds, 'none of ours is stuck')];
}

function tellAlike(kinds: string, alike: readonly Waiting[]): readonly Finding[] {
  const told = alike.slice(0, mostAlike).map(({ where, why: { severity, code, what, fix } }) => {
    const finding = { severity, code, where, what };
    return severity === 'ok' ? finding : { ...finding, fix };
  });
  const [first] = alike;
  if (first === undefined || alike.length <= mostAlike) return told;
  const { severity, code } = first.why;
  return [...told, { severity, code, where: kinds, what: `${alike.length - mostAlike} more for the same reason` }];
}
