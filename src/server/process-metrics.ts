import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { StateTally } from '../issuing/request-states.ts';

/** Where the numbers that every process has come from; they are asked for at a scrape. */
export interface ProcessSources {
  readonly version: string;
  readonly nodeVersion: string;
  readonly queues: () => Iterable<{ readonly name: string; readonly depth: number; readonly oldestAgeMs: number }>;
  readonly isLeader: () => boolean;
  readonly unfinishedRequests: () => Iterable<StateTally & { readonly kind: string }>;
}

/** The metrics of every process that watches and is elected. */
export interface ProcessMetrics {
  readonly registry: Registry;
  readonly reconcileErrors: Counter<'controller'>;
  readonly watchRestarts: Counter<'resource'>;
}

/** What the names of this project's own metrics begin with. */
export const metricPrefix = 'external_issuer_';

/** The processes that there are, as a label. */
export type Component = 'controller' | 'approver';

/** Makes them in a registry of their own. */
export function createProcessMetrics(component: Component, sources: ProcessSources): ProcessMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${metricPrefix}leader`,
    help: 'Whether this replica leads (1) or stands by (0).',
    labelNames: ['component'],
    registers,
    collect() {
      this.set({ component }, Number(sources.isLeader()));
    },
  });
  queueGauges(registers, sources);
  requestGauges(registers, sources);
  new Gauge({
    name: `${metricPrefix}build_info`,
    help: 'Always 1; the labels tell the version.',
    labelNames: ['component', 'version', 'node'],
    registers,
  }).set({ component, version: sources.version, node: sources.nodeVersion }, 1);
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

function requestGauges(registers: Registry[], { unfinishedRequests }: ProcessSources): void {
  const labelNames = ['kind', 'state'] as const;
  new Gauge({
    name: `${metricPrefix}unfinished_requests`,
    help: 'Requests that are known and not finished, by what they wait for.',
    labelNames,
    registers,
    // Both at once, and this first: there may be very many requests to look through.
    collect() {
      for (const { kind, state, count, oldestMs } of unfinishedRequests()) {
        this.set({ kind, state }, count);
        oldest.set({ kind, state }, oldestMs / 1000);
      }
    },
  });
  const oldest = new Gauge({
    name: `${metricPrefix}oldest_request_seconds`,
    help: 'For how long the oldest of them has been approved or, where it waits for that, been there.',
    labelNames,
    registers,
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
