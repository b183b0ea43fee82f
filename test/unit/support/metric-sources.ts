import type { MetricSources } from '../../../src/server/metrics.ts';

/** Where the metrics of a process that has nothing to do come from, apart from what a test gives. */
export function metricSources(given: Partial<MetricSources> = {}): MetricSources {
  return {
    version: '0.1.0',
    nodeVersion: 'v24',
    isLeader: () => true,
    queues: () => [],
    unfinishedRequests: () => [],
    loads: () => [],
    ...given,
  };
}
