import { issuerOf } from '../../issuing/triggers.ts';
import type { RequestView } from '../../issuing/request-view.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { RequestRow, RowState, Step } from './view.ts';

/** What is told of a request; its time and how often it came in a row are found here. */
export type ToldStep = Pick<Step, 'what' | 'code'> & { readonly text?: string; readonly ms?: number };

/** A bounded memory of what was done with requests, for the status page alone: nothing is decided by it. */
export interface Activity {
  record(request: RequestView, step: ToldStep): void;
  /** The request is deleted or finished. */
  gone(uid: string): void;
  stepsOf(uid: string): Pick<RequestRow, 'steps' | 'omitted'>;
  /** Requests that ended, the newest first. */
  ended(): readonly RequestRow[];
}

interface Entry {
  readonly request: Omit<RequestRow, 'state' | 'message' | 'steps' | 'omitted'>;
  steps: readonly Step[];
  omitted: number;
}

/** Requests that ended, and besides requests that have not, of which steps are kept. */
const mostEnded = 100;
const mostOpen = 300;
/** Steps of a request, and characters of what is said in one. */
const mostSteps = 10;
const longestText = 300;

/** Makes an empty memory; at its fullest it takes half a megabyte. `now` is milliseconds since the epoch. */
export function createActivity(now: () => number): Activity {
  const open = new Map<string, Entry>();
  const ended = new Map<string, Entry>();

  function entryOf(request: RequestView): Entry {
    const known = open.get(request.uid) ?? ended.get(request.uid);
    if (known !== undefined) return known;
    const entry: Entry = { request: aboutOf(request), steps: [], omitted: 0 };
    keep(open, mostOpen, request.uid, entry);
    return entry;
  }

  function end(uid: string): void {
    const entry = open.get(uid);
    if (entry === undefined) return;
    open.delete(uid);
    keep(ended, mostEnded, uid, entry);
  }

  return {
    record(request, step) {
      const entry = entryOf(request);
      const steps = withStep(entry.steps, step, now());
      entry.omitted += Math.max(0, steps.length - mostSteps);
      entry.steps = steps.slice(-mostSteps);
      if (isEnd(step.what)) end(request.uid);
    },
    gone: end,
    stepsOf(uid) {
      const { steps = [], omitted = 0 } = open.get(uid) ?? ended.get(uid) ?? {};
      return { steps, omitted };
    },
    ended: () => [...ended.values()].map(rowOf).toReversed(),
  };
}

/** Adds an entry; where there are too many the oldest is forgotten. */
function keep(entries: Map<string, Entry>, most: number, uid: string, entry: Entry): void {
  entries.set(uid, entry);
  if (entries.size <= most) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}

function withStep(steps: readonly Step[], { what, code, text = '', ms }: ToldStep, at: number): readonly Step[] {
  const last = steps.at(-1);
  // What is written to the status is told as an event of the same code right after.
  if (what === 'told' && last?.code === code) return steps;
  const again = last?.what === what && last.code === code;
  const step: Step = {
    at,
    what,
    code,
    text: oneLine(text, longestText),
    count: again ? last.count + 1 : 1,
    ...(ms === undefined ? {} : { ms }),
  };
  return again ? [...steps.slice(0, -1), step] : [...steps, step];
}

function isEnd(what: Step['what']): what is 'issued' | 'failed' | 'denied' {
  return what === 'issued' || what === 'failed' || what === 'denied';
}

/** What a row says of the request itself. */
export function aboutOf(request: RequestView): Entry['request'] {
  const { uid, kind, namespace, name, createdAt, approvedAt } = request;
  return {
    uid,
    kind,
    name: oneLine(name, longestText),
    issuer: oneLine(issuerOf(request) ?? '', longestText * 2),
    createdAt,
    ...(namespace === undefined ? {} : { namespace }),
    ...(approvedAt === undefined ? {} : { approvedAt }),
  };
}

function rowOf({ request, steps, omitted }: Entry): RequestRow {
  const end = steps.findLast(({ what }) => isEnd(what));
  const state: RowState = end !== undefined && isEnd(end.what) ? end.what : 'gone';
  return { ...request, state, message: end?.text ?? '', steps, omitted };
}
