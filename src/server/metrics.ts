import type { RequestListener } from 'node:http';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createProcessMetrics, gauge, metricPrefix, type ProcessMetrics, type ProcessSources } from './process-metrics.ts';

/** Outcomes of requests, as label values; each is there from the start, at 0. */
const requestOutcomes = ['issued', 'failed', 'denied'] as const;
const attemptOutcomes = ['issued', 'pending', 'retry', 'failed', 'issuer-broken'] as const;

/** Where the numbers that are asked for at a scrape come from. */
export interface MetricSources extends ProcessSources {
  readonly inFlight: () => number;
}

/** The metrics of the controller, with the names that docs/metrics.md promises. */
export interface Metrics extends ProcessMetrics {
  readonly requests: Counter<'kind' | 'outcome'>;
  readonly warnings: Counter<'kind' | 'reason'>;
  readonly attempts: Counter<'outcome'>;
  readonly attemptSeconds: Histogram;
  readonly issueSeconds: Histogram<'kind'>;
  readonly statusWrites: Counter<'result'>;
  readonly issuerReady: Gauge<'kind' | 'namespace' | 'name' | 'signer'>;
  readonly issuerCaveats: Gauge<'kind' | 'namespace' | 'name' | 'caveat'>;
  readonly issuerCaNotAfter: Gauge<'kind' | 'namespace' | 'name'>;
}

/** Makes the metrics in a registry of their own. */
export function createMetrics(sources: MetricSources): Metrics {
  const common = createProcessMetrics(sources);
  const registers = [common.registry];
  const prefix = metricPrefix;

  const requests = new Counter({
    name: `${prefix}requests_total`,
    help: 'Requests that came to their end, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  for (const kind of ['CertificateRequest', 'CertificateSigningRequest'])
    for (const outcome of requestOutcomes) requests.inc({ kind, outcome }, 0);
  const attempts = new Counter({
    name: `${prefix}sign_attempts_total`,
    help: 'Calls to signers, by what they answered.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of attemptOutcomes) attempts.inc({ outcome }, 0);
  const statusWrites = new Counter({
    name: `${prefix}status_writes_total`,
    help: 'Status writes on requests: written, or refused because the object had changed.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['written', 'conflict']) statusWrites.inc({ result }, 0);

  gauge(registers, `${prefix}requests_in_flight`, 'Requests that are with a signer now.', sources.inFlight);

  return {
    ...common,
    requests,
    attempts,
    statusWrites,
    warnings: new Counter({
      name: `${prefix}request_warnings_total`,
      help: 'What was told about requests as a Warning, by its stable code: IssuedDiffers, WaitingForApproval, ….',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: `${prefix}sign_attempt_seconds`,
      help: 'How long calls to signers took.',
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
      registers,
    }),
    issueSeconds: new Histogram({
      name: `${prefix}request_seconds`,
      help: 'Time from the creation of a request to its certificate.',
      labelNames: ['kind'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86_400],
      registers,
    }),
    issuerReady: new Gauge({
      name: `${prefix}issuer_ready`,
      help: 'Whether an issuer is ready (1) or not (0).',
      labelNames: ['kind', 'namespace', 'name', 'signer'],
      registers,
    }),
    issuerCaveats: new Gauge({
      name: `${prefix}issuer_caveat`,
      help: 'Always 1; the labels tell what the users of an issuer must know: InsecureSkipVerify, Plaintext, CAExpiresSoon.',
      labelNames: ['kind', 'namespace', 'name', 'caveat'],
      registers,
    }),
    issuerCaNotAfter: new Gauge({
      name: `${prefix}issuer_ca_not_after_timestamp_seconds`,
      help: 'When the CA certificate of an issuer ends, in seconds since 1970; where the signer knows its CA.',
      labelNames: ['kind', 'namespace', 'name'],
      registers,
    }),
  };
}

/** Answers `/metrics` in the Prometheus text format. */
export function metricsHandler(registry: Registry): RequestListener {
  return (request, response) => {
    if ((request.url ?? '').split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('try /metrics\n');
      return;
    }
    void registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  };
}
