import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { events, type KubeEvent } from '../../kube/event.ts';
import type { ObjectMeta } from '../../kube/resource.ts';
import { messageOf } from '../../lib/errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { err, ok, type Result } from '../../lib/result.ts';

/** An event, for people: safe for a terminal. */
export interface AboutObject {
  /** `Warning PendingAtCA: The CA has accepted the request.` */
  readonly text: string;
  readonly type: string;
  readonly reason: string;
  /** Who says so: `external-issuer-controller`. */
  readonly from: string;
  /** RFC 3339, when it was seen last; absent where the event has no time. */
  readonly at?: string;
  readonly count: number;
}

/** Events asked for, and shown: an object that fails for long has a few, repeated. */
const mostRead = 100;
const mostShown = 5;

/**
 * The newest events about an object, newest first. Events of cluster-scoped objects are in namespace `default`.
 * @returns an error, in words, where they may not be seen or cannot be had.
 */
export async function newestEvents(
  client: Pick<KubeClient, 'list'>,
  { uid, namespace = 'default' }: Pick<ObjectMeta, 'uid' | 'namespace'>,
  signal: AbortSignal,
): Promise<Result<readonly AboutObject[], string>> {
  if (uid === undefined || !/^[\w.-]+$/.test(uid)) return ok([]);
  try {
    const fieldSelector = `regarding.uid=${uid}`;
    const { items } = await client.list(events, { namespace, fieldSelector, limit: mostRead, signal });
    // The server filters; one that does not know the selector must not show the events of others.
    const ours = items.filter((event) => (event as Partial<KubeEvent>).regarding?.uid === uid);
    return ok(ours.map(aboutOf).toSorted(newestFirst).slice(0, mostShown));
  } catch (error) {
    if (error instanceof KubeApiError) return err(oneLine(messageOf(error), 500));
    throw error;
  }
}

/** As events.k8s.io has them, and with the fields of the events that older programs write. */
type AnyEvent = Partial<KubeEvent> & {
  readonly deprecatedLastTimestamp?: string | null;
  readonly deprecatedCount?: number;
  readonly deprecatedSource?: { readonly component?: string };
};

function aboutOf(event: AnyEvent): AboutObject {
  const { type = '', reason = '', note = '', series, eventTime, metadata } = event;
  const at = series?.lastObservedTime ?? event.deprecatedLastTimestamp ?? eventTime ?? metadata?.creationTimestamp;
  const from = event.reportingController || event.deprecatedSource?.component || '';
  return {
    text: oneLine(`${type} ${reason}: ${note}`, 1000),
    type: oneLine(type, 20),
    reason: oneLine(reason, 128),
    from: oneLine(from, 128),
    ...(typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at: oneLine(at, 40) } : {}),
    count: series?.count ?? event.deprecatedCount ?? 1,
  };
}

function newestFirst(a: AboutObject, b: AboutObject): number {
  return Date.parse(b.at ?? '') - Date.parse(a.at ?? '') || 0;
}
