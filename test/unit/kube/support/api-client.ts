import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { Agent } from 'undici';
import { createKubeClient, type KubeClient } from '../../../../src/kube/client.ts';
import type { Connection } from '../../../../src/kube/connection.ts';
import type { KubeObject, Resource } from '../../../../src/kube/resource.ts';
import { createTransport, type Transport } from '../../../../src/kube/transport.ts';
import type { Clock } from '../../../../src/lib/clock.ts';
import { startMockApiServer, type MockApiServer } from '../mock-api-server.ts';

/** What the tests list and watch. */
export interface Widget extends KubeObject {
  readonly spec?: { readonly size: number; readonly text?: string };
}

export const widgets: Resource<Widget> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

/** A widget of namespace `default`. */
export function widget(name: string, size = 1, uid?: string): Widget {
  return { metadata: { namespace: 'default', name, ...(uid === undefined ? {} : { uid }) }, spec: { size } };
}

/** A mock API server and the real client to it. */
export interface Setting {
  readonly server: MockApiServer;
  readonly connection: Connection;
  readonly transport: Transport;
  readonly client: KubeClient;
  /** How often the connection was told that its credentials were refused. */
  readonly refusals: () => number;
}

/** Starts a server and connects to it; both end with the test. */
export async function startSetting(t: TestContext, changes: Partial<Connection> = {}): Promise<Setting> {
  const server = await startMockApiServer([widgets]);
  const agent = new Agent({ allowH2: false });
  let refused = 0;
  const connection: Connection = {
    server: server.url,
    dispatcher: async () => agent,
    authorization: async () => 'Bearer token-1',
    refused: () => void (refused += 1),
    close: async () => await agent.destroy(),
    ...changes,
  };
  t.after(async () => {
    await agent.destroy();
    await server.close();
  });
  const transport = createTransport(connection, 'test/1');
  return { server, connection, transport, client: createKubeClient(transport), refusals: () => refused };
}

/** A clock on which sleeps are over `speed` times as fast but count in full; notes what was slept. */
export interface FastClock extends Clock {
  readonly slept: readonly number[];
  pass(ms: number): void;
}

/** Makes a clock; beside its sleeps and `pass`, time passes as outside. */
export function createFastClock(speed: number): FastClock {
  const slept: number[] = [];
  let ahead = 0;
  return {
    slept,
    pass: (ms) => void (ahead += ms),
    now: () => Date.now() + ahead,
    monotonic: () => performance.now() + ahead,
    async sleep(ms, signal) {
      slept.push(ms);
      await delay(ms / speed, undefined, signal === undefined ? {} : { signal });
      ahead += ms - ms / speed;
    },
  };
}

/** A logger whose lines are kept. */
export function createMemoryLog(): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: 'debug' }, { write }), lines };
}

/** Waits until `check` is true, for 5 s at most. */
export async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await delay(2);
  }
}

/** Everything that an iterable gives. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of iterable) all.push(each);
  return all;
}
