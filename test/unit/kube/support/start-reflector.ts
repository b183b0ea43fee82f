import type { TestContext } from 'node:test';
import type { KubeApiError } from '../../../../src/kube/api-error.ts';
import { createKubeClient, type KubeClient } from '../../../../src/kube/client.ts';
import { createReflector, type Reflector, type ReflectorDeps } from '../../../../src/kube/reflector.ts';
import { createStore, type Store } from '../../../../src/kube/store.ts';
import type { Transport } from '../../../../src/kube/transport.ts';
import { isList, isWatch, type MockApiServer, type SeenRequest } from '../mock-api-server.ts';
import { createFastClock, type FastClock, createMemoryLog, startSetting, widgets, type Widget } from './api-client.ts';

/** What the store of a test holds of a widget. */
export interface WidgetView {
  readonly uid: string;
  readonly size: number;
}

/** A reflector that runs against a mock API server through the real client. */
export interface Running {
  readonly server: MockApiServer;
  readonly reflector: Reflector;
  readonly store: Store<WidgetView>;
  /** What the store told: `a + 1` is new, `a = 2` changed, `a -` gone. */
  readonly deltas: string[];
  readonly troubles: KubeApiError[];
  readonly clock: FastClock;
  readonly lines: readonly Record<string, unknown>[];
  /** The requests for lists and watches, in their order. */
  readonly lists: () => readonly SeenRequest[];
  readonly watches: () => readonly SeenRequest[];
  /** Watches that the reflector knows to have begun. */
  readonly opened: () => number;
  /** Watch events, bookmarks too, that the reflector is done with. */
  readonly processed: () => number;
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

/** Changes what a test runs with. */
export interface RunningOptions {
  /** How much faster the reflector's pauses are over. */
  readonly speed?: number;
  readonly reflection?: Pick<ReflectorDeps, 'onListed' | 'fallback'>;
  readonly fieldSelector?: string;
  readonly project?: (widget: Widget) => WidgetView | undefined;
  /** Milliseconds after which a watch counts as silent. */
  readonly silenceMs?: number;
  /** Before the reflector runs. */
  readonly prepare?: (server: MockApiServer, clock: FastClock) => void;
}

export function viewOf({ metadata, spec }: Widget): WidgetView {
  return { uid: metadata.uid ?? '', size: spec?.size ?? 0 };
}

/** Starts a server and a reflector of widgets; both end with the test. */
export async function startReflector(t: TestContext, options: RunningOptions = {}): Promise<Running> {
  const { server, transport } = await startSetting(t);
  const { log, lines } = createMemoryLog();
  const clock = createFastClock(options.speed ?? 50);
  options.prepare?.(server, clock);
  const deltas: string[] = [];
  const troubles: KubeApiError[] = [];
  const store = createStore(options.project ?? viewOf, (key, before, after) => {
    const name = key.replace('default/', '');
    if (after === undefined) deltas.push(`${name} -`);
    else deltas.push(`${name} ${before === undefined ? '+' : '='} ${after.size}`);
  });
  const client = createKubeClient(impatient(transport, options.silenceMs));
  let processed = 0;
  let opened = 0;
  const watch: KubeClient['watch'] = async function* watch(resource, watchOptions) {
    const onOpen = (): void => {
      watchOptions.onOpen?.();
      opened += 1;
    };
    for await (const event of client.watch(resource, { ...watchOptions, onOpen })) {
      yield event;
      processed += 1;
    }
  };
  const deps = {
    client: { list: client.list, watch },
    clock,
    random: () => 0.5,
    log,
    onTrouble: (error: KubeApiError) => void troubles.push(error),
    ...options.reflection,
  };
  const { fieldSelector } = options;
  const reflector = createReflector(widgets, fieldSelector === undefined ? {} : { fieldSelector }, store, deps);
  const stop = new AbortController();
  const ended = reflector.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await ended;
  });
  return {
    server,
    reflector,
    store,
    deltas,
    troubles,
    clock,
    lines,
    lists: () => server.seen.filter(isList),
    watches: () => server.seen.filter(isWatch),
    opened: () => opened,
    processed: () => processed,
    stop: () => stop.abort(),
    ended,
  };
}

function impatient(transport: Transport, silenceMs: number | undefined): Transport {
  if (silenceMs === undefined) return transport;
  return { json: transport.json, lines: (exchange) => transport.lines({ ...exchange, bodyTimeoutMs: silenceMs }) };
}
