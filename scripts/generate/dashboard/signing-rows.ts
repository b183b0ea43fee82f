import { byIssuer, chosen, issuerLegend, quantile, rateBy, type Row } from './panel.ts';

/** What most people come for: does it sign, and how fast. */
export const overview: Row = {
  title: 'Overview',
  panels: [
    {
      title: 'Leading controllers',
      description: 'One of each installation. At 0 nothing is signed.',
      type: 'stat',
      unit: 'short',
      width: 4,
      queries: [{ expr: 'sum(external_issuer_leader{component="controller"})', legend: 'leaders' }],
      limits: { warn: 1, bad: 0 },
    },
    {
      title: 'Issuers not Ready',
      description: 'Their requests wait. The row Issuers says which.',
      type: 'stat',
      unit: 'short',
      width: 4,
      queries: [{ expr: `count(max by (${byIssuer}) (external_issuer_issuer_ready) == 0) or vector(0)`, legend: 'not Ready' }],
      limits: { warn: 1, bad: 1 },
    },
    {
      title: 'Issued within an hour',
      description: 'Certificates.',
      type: 'stat',
      unit: 'short',
      width: 4,
      queries: [{ expr: `sum(increase(external_issuer_requests_total{outcome="issued", ${chosen}}[1h]))`, legend: 'issued' }],
    },
    {
      title: 'Failed within an hour',
      description: 'Requests that were refused for good, by the CA, by the policy, or since they cannot be signed as they are.',
      type: 'stat',
      unit: 'short',
      width: 4,
      queries: [{ expr: `sum(increase(external_issuer_requests_total{outcome="failed", ${chosen}}[1h]))`, legend: 'failed' }],
      limits: { warn: 1, bad: 10 },
    },
    {
      title: 'Oldest in work',
      description: 'For how long a request has been approved that could be signed now. Minutes mean that something is wrong.',
      type: 'stat',
      unit: 's',
      width: 4,
      queries: [{ expr: 'max(external_issuer_oldest_request_seconds{state="in-work"})', legend: 'oldest' }],
      limits: { warn: 60, bad: 900 },
    },
    {
      title: 'Approved to issued, 99 %',
      description: 'So long, or less, takes it for 99 of 100 requests. Approvals are timed in whole seconds.',
      type: 'stat',
      unit: 's',
      width: 4,
      queries: [{ expr: quantile(0.99, `external_issuer_issuance_seconds_bucket{${chosen}}`), legend: '99 %' }],
    },
  ],
};

/** Requests, from both kinds. */
export const requests: Row = {
  title: 'Requests',
  panels: [
    {
      title: 'Ends of requests',
      description: 'By outcome.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy('outcome', `external_issuer_requests_total{${chosen}}`), legend: '{{outcome}}' }],
    },
    {
      title: 'Issued, by issuer',
      description: 'Certificates a second.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        { expr: rateBy(byIssuer, `external_issuer_requests_total{outcome="issued", ${chosen}}`), legend: issuerLegend },
      ],
    },
    {
      title: 'Approved to issued',
      description: 'Half, and 99 of 100, of the requests take so long or less from their approval to their certificate.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        { expr: quantile(0.5, `external_issuer_issuance_seconds_bucket{${chosen}}`), legend: '50 %' },
        { expr: quantile(0.99, `external_issuer_issuance_seconds_bucket{${chosen}}`), legend: '99 %' },
      ],
    },
    {
      title: 'Unfinished requests',
      description: 'By what they wait for. Only what is in-work goes on by itself.',
      type: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'max by (kind, state) (external_issuer_unfinished_requests)', legend: '{{kind}} {{state}}' }],
    },
    {
      title: 'Oldest unfinished request',
      description: 'Since its approval; what waits for that, since it was made.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [{ expr: 'max by (kind, state) (external_issuer_oldest_request_seconds)', legend: '{{kind}} {{state}}' }],
    },
    {
      title: 'Warnings about requests',
      description: 'By their code, the ten most frequent; docs/troubleshooting.md says what each means.',
      type: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'topk(10, sum by (reason) (increase(external_issuer_request_warnings_total[$__rate_interval])))',
          legend: '{{reason}}',
        },
        {
          expr: 'sum by (outcome) (increase(external_issuer_approvals_total[$__rate_interval]))',
          legend: 'approver: {{outcome}}',
        },
      ],
    },
  ],
};

/** Calls to CAs. */
export const cas: Row = {
  title: 'CAs',
  panels: [
    {
      title: 'Calls that sign',
      description: 'By what they were answered. retry and issuer-broken bring no decision.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy('outcome', `external_issuer_sign_attempts_total{${chosen}}`), legend: '{{outcome}}' }],
    },
    {
      title: 'How long calls take, 90 %',
      description: 'By issuer.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        { expr: quantile(0.9, `external_issuer_sign_attempt_seconds_bucket{${chosen}}`, byIssuer), legend: issuerLegend },
      ],
    },
    {
      title: 'Repeated calls',
      description: 'Calls for requests whose call before had failed.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy(byIssuer, `external_issuer_sign_retries_total{${chosen}}`), legend: issuerLegend }],
    },
    {
      title: 'With a CA now',
      description: 'At most rateLimit.maxInFlight of an issuer, 32 where it says nothing; fewer where its CA hangs.',
      type: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [{ expr: `sum by (${byIssuer}) (external_issuer_requests_in_flight{${chosen}})`, legend: issuerLegend }],
    },
    {
      title: 'Held back by rateLimit',
      description: 'The share of the time in which requests waited for the rate that their issuer sets.',
      type: 'timeseries',
      unit: 'percentunit',
      width: 8,
      queries: [{ expr: rateBy(byIssuer, `external_issuer_rate_limit_pause_seconds_total{${chosen}}`), legend: issuerLegend }],
    },
    {
      title: 'Pauses by rateLimit',
      description: 'How often requests had to wait for it.',
      type: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rateBy(byIssuer, `external_issuer_rate_limit_pauses_total{${chosen}}`), legend: issuerLegend }],
    },
  ],
};
