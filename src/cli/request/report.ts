import type { Condition } from '../../api/conditions.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { messageOf } from '../../lib/errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { AboutObject } from './events.ts';

/** What is known of one object. All texts are safe for a terminal. */
export interface ObjectReport {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** By the names that the API has for them, in the order in which they are shown. */
  readonly facts: Readonly<Record<string, string | readonly string[]>>;
  readonly conditions: readonly ConditionReport[];
  /** The newest first. */
  readonly events: readonly AboutObject[];
  /** What could not be seen, and why. */
  readonly notSeen: readonly string[];
}

interface ConditionReport {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly since: string;
}

/** Where a request stands: there is a certificate, one may still come, or none comes until somebody does something. */
export interface Verdict {
  readonly state: 'issued' | 'waiting' | 'failed';
  /** Sentences. */
  readonly why: string;
  /** What to do, in words or as a command; absent where nothing is to be done. */
  readonly fix?: string;
}

/** All that `request status` says. */
export interface StatusReport {
  readonly objects: readonly ObjectReport[];
  readonly verdict: Verdict;
}

/** Characters of a text that others wrote. */
const longestText = 1000;
const mostConditions = 20;
const mostEntries = 50;

/** The report of an object; facts that are undefined or empty are left out. */
export function reportOn(
  kind: string,
  { metadata }: KubeObject,
  facts: Readonly<Record<string, string | readonly string[] | undefined>>,
  {
    conditions,
    events,
  }: { readonly conditions?: readonly Condition[] | undefined; readonly events?: Seen<readonly AboutObject[]> } = {},
): ObjectReport {
  const shown = Object.entries(facts).flatMap(([name, value]) => {
    if (value === undefined || value.length === 0) return [];
    return [[name, typeof value === 'string' ? shownText(value) : value.slice(0, mostEntries).map(shownText)] as const];
  });
  return {
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: shownText(metadata.namespace) }),
    name: shownText(metadata.name),
    facts: Object.fromEntries(shown),
    conditions: (conditions ?? []).slice(0, mostConditions).map(conditionReport),
    events: events?.ok === true ? events.value : [],
    notSeen: events?.ok === false ? [`its events: ${events.error}`] : [],
  };
}

/** The report of an object that could not be read. */
export function unseen(kind: string, key: { readonly namespace?: string; readonly name: string }, why: string): ObjectReport {
  return { ...reportOn(kind, { metadata: key }, {}), notSeen: [shownText(why)] };
}

/** A text from elsewhere as it is shown: on one line, its control characters visible, bounded. */
export function shownText(text: unknown): string {
  return oneLine(typeof text === 'string' ? text : String(text), longestText);
}

/** Why an object is not seen that is not there. */
export const missingWords = 'it does not exist';

/** What was seen, or in words why not. */
export type Seen<T> = Result<T, string>;

/** Asks for something that may be absent or may not be seen: trouble with one object does not hide the others. */
export async function seen<T>(ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return ok(await ask());
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    if (error.code === 'NotFound') return err(missingWords);
    const message = shownText(messageOf(error));
    return err(error.code === 'Forbidden' ? `you may not see it (${message})` : message);
  }
}

function conditionReport({ type, status, reason = '', message = '', lastTransitionTime = '' }: Condition): ConditionReport {
  return {
    type: shownText(type),
    status: shownText(status),
    reason: shownText(reason),
    message: shownText(message),
    since: shownText(lastTransitionTime),
  };
}
