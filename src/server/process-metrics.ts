import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** Where the numbers that every process has come from; they are asked for at a scrape. */
export interface ProcessSources {
  readonly version: string;
  readonly nodeVersion: string;
  readonly queues: () => Iterable<{ readonly name: string; readonly depth: number; readonly oldestAgeMs: number }>;
  readonly isLeader: () => boolean;
  readonly unfinishedRequests: () => Iterable<{ readonly kind: string; readonly count: number }>;
}

/** The metrics of every process that watches and is elected. */
export interface ProcessMetrics {
  readonly registry: Registry;
  readonly reconcileErrors: Counter<'controller'>;
  readonly watchRestarts: Counter<'resource'>;
}

/** What the names of this project's own metrics begin with. */
export const metricPrefix = 'external_issuer_';

/** Makes them in a registry of their own. */
export function createProcessMetrics(sources: ProcessSources): ProcessMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  gauge(registers, `${metricPrefix}leader`, 'Whether this replica leads (1) or stands by (0).', () =>
    Number(sources.isLeader()),
  );
  queueGauges(registers, sources);
  new Gauge({
    name: `${metricPrefix}unfinished_requests`,
    help: 'Requests that are known and not finished.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, count } of sources.unfinishedRequests()) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: `${metricPrefix}build_info`,
    help: 'Always 1; the labels tell the version.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: sources.version, node: sources.nodeVersion }, 1);
  return {
    registry,
    reconcileErrors: new Counter({
      name: `${metricPrefix}reconcile_errors_total`,
      help: 'Reconciles that failed and are repeated.',
      labelNames: ['controller'],
      registers,
    }),
    watchRestarts: new Counter({
      name: `${metricPrefix}watch_restarts_total`,
      help: 'Watches that ended with an error and were begun again.',
      labelNames: ['resource'],
      registers,
    }),
  };
}

/** Adds a gauge that is read at each scrape. */
export function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function queueGauges(registers: Registry[], { queues }: ProcessSources): void {
  new Gauge({
    name: `${metricPrefix}queue_depth`,
    help: 'Keys that wait to be worked on now.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, depth } of queues()) this.set({ queue: name }, depth);
    },
  });
  new Gauge({
    name: `${metricPrefix}queue_oldest_seconds`,
    help: 'How long the oldest waiting key has waited.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, oldestAgeMs } of queues()) this.set({ queue: name }, oldestAgeMs / 1000);
    },
  });
}
