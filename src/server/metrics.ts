import type { RequestListener } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Outcomes of requests, as label values; each is there from the start, at 0. */
const requestOutcomes = ['issued', 'failed', 'denied'] as const;
const attemptOutcomes = ['issued', 'pending', 'retry', 'failed', 'issuer-broken'] as const;

/** Where the numbers that are asked for at a scrape come from. */
export interface MetricSources {
  readonly version: string;
  readonly nodeVersion: string;
  readonly queues: () => Iterable<{ readonly name: string; readonly depth: number; readonly oldestAgeMs: number }>;
  readonly isLeader: () => boolean;
  readonly unfinishedRequests: () => Iterable<{ readonly kind: string; readonly count: number }>;
  readonly inFlight: () => number;
}

/** The metrics of the controller, with the names that docs/metrics.md promises. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'kind' | 'outcome'>;
  readonly warnings: Counter<'kind' | 'reason'>;
  readonly attempts: Counter<'outcome'>;
  readonly attemptSeconds: Histogram;
  readonly issueSeconds: Histogram<'kind'>;
  readonly statusWrites: Counter<'result'>;
  readonly reconcileErrors: Counter<'controller'>;
  readonly watchRestarts: Counter<'resource'>;
  readonly issuerReady: Gauge<'kind' | 'namespace' | 'name' | 'signer'>;
  readonly issuerCaveats: Gauge<'kind' | 'namespace' | 'name' | 'caveat'>;
  readonly issuerCaNotAfter: Gauge<'kind' | 'namespace' | 'name'>;
}

/** Makes the metrics in a registry of their own. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = 'external_issuer_';
  collectDefaultMetrics({ register: registry });

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

  gauge(registers, `${prefix}leader`, 'Whether this replica leads (1) or stands by (0).', () => Number(sources.isLeader()));
  gauge(registers, `${prefix}requests_in_flight`, 'Requests that are with a signer now.', sources.inFlight);
  queueGauges(registers, prefix, sources);
  new Gauge({
    name: `${prefix}unfinished_requests`,
    help: 'Requests that are known and not finished.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, count } of sources.unfinishedRequests()) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: `${prefix}build_info`,
    help: 'Always 1; the labels tell the version.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: sources.version, node: sources.nodeVersion }, 1);

  return {
    registry,
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
    reconcileErrors: new Counter({
      name: `${prefix}reconcile_errors_total`,
      help: 'Reconciles that failed and are repeated.',
      labelNames: ['controller'],
      registers,
    }),
    watchRestarts: new Counter({
      name: `${prefix}watch_restarts_total`,
      help: 'Watches that ended with an error and were begun again.',
      labelNames: ['resource'],
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

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function queueGauges(registers: Registry[], prefix: string, { queues }: MetricSources): void {
  new Gauge({
    name: `${prefix}queue_depth`,
    help: 'Keys that wait to be worked on now.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, depth } of queues()) this.set({ queue: name }, depth);
    },
  });
  new Gauge({
    name: `${prefix}queue_oldest_seconds`,
    help: 'How long the oldest waiting key has waited.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, oldestAgeMs } of queues()) this.set({ queue: name }, oldestAgeMs / 1000);
    },
  });
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
