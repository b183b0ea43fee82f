import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../src/lib/errors.ts';
import { http2Client, keptConnectionClient, newConnectionClient, openStream, type Client, type Target } from './clients.ts';

/** One request that was answered, with the serial number of the certificate that it saw; times of `performance.now()`. */
export interface Served {
  readonly serial: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What clients have seen. */
export interface LoadReport {
  /** Requests on connections of their own, in the order of their ends. */
  readonly fresh: readonly Served[];
  /** Requests on connections that were kept from the start, by connection. */
  readonly kept: readonly (readonly Served[])[];
  readonly streams: readonly { readonly lines: number; readonly longestGapMs: number }[];
  /** What failed, each in words: requests, connections and streams that ended. */
  readonly failures: readonly string[];
}

/** Clients at work. */
export interface Load {
  readonly report: LoadReport;
  /** Lets each client end its request, and closes all. */
  stop(): Promise<LoadReport>;
}

/** How long a client waits after an answer: the load is there all the time, and the machine is not full of it. */
const pauseMs = 15;

/** Starts two clients with a connection for each request, three that keep theirs, one of which HTTP/2, and two streams. */
export async function startLoad(target: Target): Promise<Load> {
  const fresh: Served[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();

  async function work(client: Client, served: Served[]): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        served.push({ serial: await client.ask(), startedAt, endedAt: performance.now() });
      } catch (error) {
        failures.push(messageOf(error));
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    client.close();
  }

  const keeping = [keptConnectionClient(target), keptConnectionClient(target), await http2Client(target)];
  const kept = keeping.map((): Served[] => []);
  const streams = await Promise.all([openStream(target), openStream(target)]);
  const working = [
    work(newConnectionClient(target), fresh),
    work(newConnectionClient(target), fresh),
    ...keeping.map(async (client, index) => await work(client, kept[index] ?? [])),
  ];
  const report = { fresh, kept, streams, failures };
  return {
    report,
    async stop() {
      for (const { ended } of streams) if (ended !== undefined) failures.push(`a stream ended: ${ended}`);
      stopping.abort();
      await Promise.all(working);
      for (const stream of streams) stream.close();
      return report;
    },
  };
}
