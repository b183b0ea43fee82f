import type { RequestListener } from 'node:http';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { IssuerKey } from '../issuing/request-view.ts';
import type { SignerLoad } from '../issuing/signer-load.ts';
import { issuerLabelNames, issuerLabels } from './issuer-labels.ts';
import { createIssuerMetrics, type IssuerMetrics } from './issuer-metrics.ts';
import { createProcessMetrics, metricPrefix, type ProcessMetrics, type ProcessSources } from './process-metrics.ts';

/** Where the numbers that are asked for at a scrape come from. */
export interface MetricSources extends ProcessSources {
  /** What each issuer that exists has its CA do. */
  readonly loads: () => Iterable<{ readonly issuer: IssuerKey; readonly load: SignerLoad }>;
}

/** The metrics of the controller, with the names that docs/metrics.md promises. */
export interface Metrics extends ProcessMetrics, IssuerMetrics {
  readonly warnings: Counter<'kind' | 'reason'>;
  readonly issueSeconds: Histogram<'kind'>;
  readonly statusWrites: Counter<'result'>;
}

/** Makes the metrics in a registry of their own. */
export function createMetrics(sources: MetricSources): Metrics {
  const common = createProcessMetrics('controller', sources);
  const registers = [common.registry];
  const prefix = metricPrefix;

  const statusWrites = new Counter({
    name: `${prefix}status_writes_total`,
    help: 'Status writes on requests: written, or refused because the object had changed.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['written', 'conflict']) statusWrites.inc({ result }, 0);
  loadMetrics(registers, sources);

  return {
    ...common,
    ...createIssuerMetrics(common.registry),
    statusWrites,
    warnings: new Counter({
      name: `${prefix}request_warnings_total`,
      help: 'What was told about requests as a Warning, by its stable code: IssuedDiffers, WaitingForApproval, ….',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    issueSeconds: new Histogram({
      name: `${prefix}request_seconds`,
      help: 'Time from the creation of a request to its certificate.',
      labelNames: ['kind'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86_400],
      registers,
    }),
  };
}

/** What is read from the issuers' signers at each scrape, so that nothing is left of one that is deleted. */
function loadMetrics(registers: Registry[], { loads }: MetricSources): void {
  const labelNames = issuerLabelNames;
  new Gauge({
    name: `${metricPrefix}requests_in_flight`,
    help: 'Requests that are with the signer of an issuer now.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { issuer, load } of loads()) this.set(issuerLabels(issuer), load.inFlight);
    },
  });
  new Counter({
    name: `${metricPrefix}rate_limit_pauses_total`,
    help: 'How often spec.rateLimit of an issuer made its requests wait.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { issuer, load } of loads()) this.inc(issuerLabels(issuer), load.pauses);
    },
  });
  new Counter({
    name: `${metricPrefix}rate_limit_pause_seconds_total`,
    help: 'How long spec.rateLimit of an issuer made its requests wait, counted once however many of them waited.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { issuer, load } of loads()) this.inc(issuerLabels(issuer), load.pausedMs / 1000);
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
