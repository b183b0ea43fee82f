import { printable } from '../lib/printable.ts';
import { microTime } from './lease.ts';
import type { KubeObject, Resource } from './resource.ts';

/** The object an event is about. */
interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

/** Something that happened. `reason` and `action` are stable codes, `note` is for people. */
export interface EventNotice {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** The same thing, once or many times; times in milliseconds since the epoch. */
interface EventSeries {
  readonly notice: EventNotice;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

/** An Event. @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
export interface KubeEvent extends KubeObject, EventNotice {
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: SeriesFields;
}

/** How often an event was seen, at least twice, and when last. */
interface SeriesFields {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** The Events of the cluster. */
export const events: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** The API server's limits, in bytes: longer ones are refused. */
const maxNote = 1024;
const maxCode = 128;

/** What makes two events one series. */
export function seriesKey({ regarding, type, reason, note }: EventNotice): string {
  return `${regarding.uid}\n${type}\n${reason}\n${note}`;
}

/** The event to be made for a series; `unique` keeps its name apart from those of others about the same object. */
export function eventOf(series: EventSeries, reporter: { controller: string; instance: string }, unique: string): KubeEvent {
  const { regarding, type, reason, action, note } = series.notice;
  // A name has 253 characters at most, and what stands before a dot begins and ends with a letter or digit. Names of
  // CertificateSigningRequests may hold anything else, and who makes one must not be able to keep its events away.
  const prefix =
    regarding.name
      .slice(0, 200)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'object';
  return {
    metadata: { namespace: eventNamespace(regarding), name: `${prefix}.${unique}` },
    eventTime: microTime(series.firstAt),
    regarding,
    type,
    reason: reason.slice(0, maxCode),
    action: action.slice(0, maxCode),
    note,
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, maxCode),
    ...(series.count > 1 ? { series: seriesOf(series) } : {}),
  };
}

/** What a repetition changes in the event; everything else of it is immutable. */
export function seriesOf({ count, lastAt }: EventSeries): SeriesFields {
  return { count, lastObservedTime: microTime(lastAt) };
}

/** Where an event is kept: with its object, or in `default` for one that is in no namespace. */
export function eventNamespace(regarding: Regarding): string {
  return regarding.namespace ?? 'default';
}

/** A note that the API server takes: one line, no control characters, at most 1024 bytes of UTF-8. */
export function cleanNote(note: string): string {
  const line = printable(
    note
      .slice(0, 2 * maxNote)
      .toWellFormed()
      .replace(/\s+/gu, ' ')
      .trim(),
  );
  const bytes = Buffer.from(line, 'utf8');
  if (bytes.length <= maxNote) return line;
  // A character that the cut went through becomes U+FFFD.
  return `${bytes
    .subarray(0, maxNote - 3)
    .toString('utf8')
    .replace(/\ufffd+$/, '')}…`;
}
