import { cut, longestMessage, oneLine } from '../api/conditions.ts';
import type { CaStatus } from '../api/ca-status.ts';
import type { Caveat, CheckOutcome } from '../signers/signer.ts';
import { caStatusOf } from './ca-status.ts';
import type { IssuerProblem } from './resolve-issuer.ts';

/** What a look at an issuer found: its Ready condition, the event's code, and whether waiting can mend it. */
export interface IssuerFinding {
  readonly status: 'True' | 'False';
  /** Checked: healthy. Pending: will be tried again. Failed: somebody must change something. */
  readonly reason: 'Checked' | 'Pending' | 'Failed';
  readonly code: string;
  readonly message: string;
  /** What the check warned of; the message gets it by {@link withCaveats}. */
  readonly warnings?: readonly Caveat[];
  /** The CA, where the check passed and the signer knows it. */
  readonly ca?: CaStatus;
}

/** Characters of a finding that are left whatever follows: its code, and what is wrong. */
const leastWords = 200;

type Healthy = Extract<CheckOutcome, { readonly outcome: 'healthy' }>;

/** Codes that only a change of the issuer, or of what it refers to, can mend. */
const lastingCodes: ReadonlySet<string> = new Set(['ConfigError', 'AuthError', 'IssuerExpired']);

/** What follows from a configuration that cannot be used. */
export function findingOfProblem({ code, message }: IssuerProblem): IssuerFinding {
  return { status: 'False', reason: lastingCodes.has(code) ? 'Failed' : 'Pending', code, message: `${code}: ${message}` };
}

/** What follows from a check. */
export function findingOfCheck(check: CheckOutcome): IssuerFinding {
  if (check.outcome === 'healthy') return findingOfHealth(check);
  if (check.outcome === 'issuer-broken') return findingOfProblem(check);
  return { status: 'False', reason: 'Pending', code: check.code, message: `${check.code}: ${check.message}` };
}

function findingOfHealth({ message, warnings = [], ca: facts }: Healthy): IssuerFinding {
  const ca = facts === undefined ? undefined : caStatusOf(facts);
  return {
    status: 'True',
    reason: 'Checked',
    code: 'Checked',
    message,
    warnings,
    ...(ca === undefined ? {} : { ca }),
  };
}

/**
 * The same finding, its message followed by what the check warned of and by what users of the issuer must know of its signer. The words
 * before are cut where a condition has no room for all.
 */
export function withCaveats(finding: IssuerFinding, caveats: readonly Caveat[]): IssuerFinding {
  const unsaid = (given: readonly Caveat[]): string => {
    const messages = given.map(({ message }) => message).filter((message) => !finding.message.includes(message));
    return oneLine(messages.join(' '));
  };
  const warned = unsaid(finding.warnings ?? []);
  const told = unsaid(caveats);
  const found = followedBy(finding.message, warned, longestMessage - 1 - told.length);
  return { ...finding, message: followedBy(found, told, longestMessage) };
}

/** Both, at most `room` characters where `after` leaves that; it stays whole. */
function followedBy(words: string, after: string, room: number): string {
  return after === '' ? words : `${cut(oneLine(words), Math.max(leastWords, room - 1 - after.length))} ${after}`;
}
