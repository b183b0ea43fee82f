import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { IssuerRow, ReplicaView, StatusView, WorkView } from './view.ts';

/** What is wrong now, and what to do. */
export interface Trouble {
  readonly what: string;
  readonly todo: string;
}

/** A queue whose oldest item waits longer is behind; so is a request in work that is older. Milliseconds. */
const behindMs = 60_000;
/** Requests that nobody has decided about for so long, milliseconds. */
const undecidedMs = 3_600_000;
/** A CA certificate that ends sooner is to be renewed, milliseconds. */
const caWarningMs = 30 * 86_400_000;
/** Requests that failed so long ago are of no concern any more, milliseconds. */
const recentMs = 900_000;

/** Finds what is wrong, the worst first; nothing where all is well. */
export function troublesOf({ now, replica, work }: StatusView): readonly Trouble[] {
  if (replica.role === 'standby') return standbyTroubles(replica);
  if (work === undefined || !replica.synced) {
    const todo =
      'Wait a minute. If it stays so, look in the log of this pod for what the API server refuses, and compare its rights with docs/security.md.';
    return [{ what: 'The first lists of issuers and requests are not complete, so some are missing here.', todo }];
  }
  return [
    ...issuerTroubles(work.issuers),
    ...caTroubles(work.issuers, now),
    ...queueTroubles(work),
    ...requestTroubles(work, now),
  ];
}

function standbyTroubles({ leader, lease }: ReplicaView): readonly Trouble[] {
  if (leader !== undefined || lease === undefined) return [];
  const todo = `Wait half a minute: one is elected. If it stays so, nothing is signed: look in the logs for "the leader Lease cannot be taken", and at: kubectl -n ${lease.namespace} get lease ${lease.name}`;
  return [{ what: 'No replica is known to lead.', todo }];
}

function issuerTroubles(issuers: readonly IssuerRow[]): readonly Trouble[] {
  const broken = issuers.filter(isBroken);
  if (broken.length === 0) return [];
  const codes = [...new Set(broken.map(codeOf).filter((code) => code !== ''))];
  const why = codes.length === 0 ? '' : ` (${some(codes)})`;
  const what = `${count(broken.length, 'issuer')} of ${issuers.length} cannot sign${why}: ${some(broken.map(shortName))}.`;
  return [
    {
      what,
      todo: 'Read the message of each in the table: it says what to change. Codes are explained in docs/troubleshooting.md.',
    },
  ];
}

/** Whether an issuer signs nothing now; one that has not been looked at yet is not broken. */
export function isBroken({ ready, stopped }: IssuerRow): boolean {
  return ready === 'False' || stopped !== undefined;
}

/** Why it is broken, as a code. */
function codeOf({ stopped, code }: IssuerRow): string {
  return stopped?.code ?? code;
}

function caTroubles(issuers: readonly IssuerRow[], now: number): readonly Trouble[] {
  const ending = issuers.filter(({ ca }) => ca !== undefined && ca.notAfter - now < caWarningMs);
  const first = Math.min(...ending.map(({ ca }) => ca?.notAfter ?? Infinity));
  if (ending.length === 0) return [];
  const when = first <= now ? 'has ended' : `ends in ${formatDuration(first - now)}`;
  const what = `The CA certificate of ${some(ending.map(shortName))} ${when}${ending.length > 1 && first > now ? ' at the earliest' : ''}.`;
  return [{ what, todo: 'Renew the CA certificate now: nothing is issued after its end, and no certificate outlives it.' }];
}

function queueTroubles({ queues, tallies }: WorkView): readonly Trouble[] {
  const behind = queues.filter(({ oldestAgeMs }) => oldestAgeMs > behindMs);
  const slow = behind.map(({ name, depth, oldestAgeMs }) => ({
    what: `The queue of ${name} is behind: ${depth} wait, the oldest for ${formatDuration(oldestAgeMs)}.`,
    todo: 'The CA or the API server is slow, or there is more to do than --max-concurrent-reconciles lets through.',
  }));
  const stuck = tallies.filter(
    ({ state, count: number, oldestMs }) => state === 'in-work' && number > 0 && oldestMs > behindMs,
  );
  const late = stuck.map(({ kind, count: number, oldestMs }) => ({
    what: `${count(number, kind)} could be signed and ${number === 1 ? 'is' : 'are'} not, the oldest for ${formatDuration(oldestMs)}.`,
    todo: 'Look at the steps of the oldest below: they say what the CA answered and when it is tried again.',
  }));
  return [...slow, ...late];
}

function requestTroubles({ recent, tallies }: WorkView, now: number): readonly Trouble[] {
  const failed = recent.filter(({ state, steps }) => state === 'failed' && now - (steps.at(-1)?.at ?? 0) < recentMs);
  const codes = [...new Set(failed.map(({ steps }) => steps.findLast(({ what }) => what === 'failed')?.code ?? ''))];
  const failures: readonly Trouble[] =
    failed.length === 0
      ? []
      : [
          {
            what: `${count(failed.length, 'request')} failed in the last 15 minutes (${some(codes)}).`,
            todo: 'Open one below: its last step says why. A failed request is not tried again; cert-manager makes a new one by itself.',
          },
        ];
  const undecided = tallies.filter(({ state, count: number, oldestMs }) => {
    return state === 'waiting-for-approval' && number > 0 && oldestMs > undecidedMs;
  });
  return [
    ...failures,
    ...undecided.map(({ kind, count: number, oldestMs }) => ({
      what: `${count(number, kind)} ${number === 1 ? 'waits' : 'wait'} for approval, the oldest for ${formatDuration(oldestMs)}.`,
      todo: 'See who is to approve (docs/approval.md), and whether that approver runs and may approve for these issuers.',
    })),
  ];
}

function shortName({ namespace, name }: IssuerRow): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The first three, and how many more. */
function some(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names
    .slice(0, 3)
    .map((name) => oneLine(name, 80))
    .join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
