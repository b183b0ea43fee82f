import { byIssuer, chosen, issuerLegend, quantile, rateBy, type Row } from './panel.ts';

/** A metric of every process of this project, whatever job scrapes it. */
function ofProcess(expr: string): string {
  return `${expr} * on (cluster, job, instance) group_left (component) external_issuer_build_info`;
}

/** Issuers: are they Ready, and for how long are their CAs. */
export const issuers: Row = {
  title: 'Issuers',
  panels: [
    {
      title: 'Ready',
      description: 'Whether each issuer is Ready.',
      type: 'table',
      unit: 'bool_yes_no',
      width: 8,
      queries: [{ expr: `max by (${byIssuer}) (external_issuer_issuer_ready{${chosen}})`, legend: issuerLegend }],
    },
    {
      title: 'The CA ends',
      description: 'For issuers whose signer knows its CA. No certificate lasts longer.',
      type: 'table',
      unit: 'dateTimeFromNow',
      width: 8,
      queries: [
        {
          expr: `min by (${byIssuer}) (external_issuer_issuer_ca_not_after_timestamp_seconds{${chosen}}) * 1000`,
          legend: issuerLegend,
        },
      ],
    },
    {
      title: 'What users must know',
      description: 'Caveats and warnings that the status of an issuer shows.',
      type: 'table',
      unit: 'short',
      width: 8,
      queries: [{ expr: `max by (${byIssuer}, caveat) (external_issuer_issuer_caveat{${chosen}})`, legend: issuerLegend }],
    },
    {
      title: 'Since the last check',
      description: 'An issuer is checked once in healthCheck.interval, and more often while it is not Ready.',
      type: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: `time() - max by (${byIssuer}) (external_issuer_issuer_last_check_timestamp_seconds{${chosen}})`,
          legend: issuerLegend,
        },
      ],
    },
    {
      title: 'How long checks take',
      description: 'The last check of each CA.',
      type: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: `max by (${byIssuer}) (external_issuer_issuer_last_check_duration_seconds{${chosen}})`,
          legend: issuerLegend,
        },
      ],
    },
  ],
};

/** The queues of the controller and the approver. */
export const queues: Row = {
  title: 'Queues',
  panels: [
    {
      title: 'Depth',
      description: 'What waits to be looked at now.',
      type: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'max by (queue) (external_issuer_queue_depth)', legend: '{{queue}}' }],
    },
    {
      title: 'Age of the oldest',
      description: 'Seconds mean that all workers wait.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [{ expr: 'max by (queue) (external_issuer_queue_oldest_seconds)', legend: '{{queue}}' }],
    },
    {
      title: 'Made to issued, 99 %',
      description: 'From the creation of a request to its certificate, waiting for approval and for the issuer included.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [{ expr: quantile(0.99, 'external_issuer_request_seconds_bucket', 'kind'), legend: '{{kind}}' }],
    },
  ],
};

/** What passes between the processes and the API server. */
export const apiServer: Row = {
  title: 'API server',
  panels: [
    {
      title: 'Watches begun again',
      description: 'Watches and lists that ended with an error.',
      type: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (resource) (increase(external_issuer_watch_restarts_total[$__rate_interval]))',
          legend: '{{resource}}',
        },
      ],
    },
    {
      title: 'Looks that failed',
      description: 'They are repeated. Mostly the API server did not take or answer a write.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy('controller', 'external_issuer_reconcile_errors_total'), legend: '{{controller}}' }],
    },
    {
      title: 'Writes of statuses',
      description: 'A conflict is read again and written again; no CA is asked for it.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy('result', 'external_issuer_status_writes_total'), legend: '{{result}}' }],
    },
  ],
};

/** The processes. */
export const processes: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Memory',
      description: 'Resident.',
      type: 'timeseries',
      unit: 'bytes',
      width: 6,
      queries: [{ expr: ofProcess('process_resident_memory_bytes'), legend: '{{component}} {{instance}}' }],
    },
    {
      title: 'CPU',
      description: 'In cores.',
      type: 'timeseries',
      unit: 'short',
      width: 6,
      queries: [{ expr: ofProcess('rate(process_cpu_seconds_total[$__rate_interval])'), legend: '{{component}} {{instance}}' }],
    },
    {
      title: 'Event loop lag, 99 %',
      description: 'Above 0.1 s the process has not enough CPU.',
      type: 'timeseries',
      unit: 's',
      width: 6,
      queries: [{ expr: ofProcess('nodejs_eventloop_lag_p99_seconds'), legend: '{{component}} {{instance}}' }],
    },
    {
      title: 'Leads',
      description: '1: leads, 0: stands by.',
      type: 'timeseries',
      unit: 'short',
      width: 6,
      queries: [{ expr: 'external_issuer_leader', legend: '{{component}} {{instance}}' }],
    },
    {
      title: 'Versions',
      description: 'What runs where.',
      type: 'table',
      unit: 'short',
      width: 24,
      queries: [{ expr: 'max by (component, instance, version, node) (external_issuer_build_info)', legend: '{{version}}' }],
    },
  ],
};
