import { Counter } from 'prom-client';
import { createProcessMetrics, metricPrefix, type ProcessMetrics, type ProcessSources } from './process-metrics.ts';

/** The metrics of the approver, with the names that docs/metrics.md promises. */
export interface ApproverMetrics extends ProcessMetrics {
  readonly approvals: Counter<'kind' | 'outcome'>;
}

/** Makes the metrics in a registry of their own. */
export function createApproverMetrics(sources: ProcessSources): ApproverMetrics {
  const common = createProcessMetrics('approver', sources);
  const approvals = new Counter({
    name: `${metricPrefix}approvals_total`,
    help: 'Requests that were decided about by the rules of their issuers, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers: [common.registry],
  });
  for (const kind of ['CertificateRequest', 'CertificateSigningRequest'])
    for (const outcome of ['approved', 'denied']) approvals.inc({ kind, outcome }, 0);
  return { ...common, approvals };
}
