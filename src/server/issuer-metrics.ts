import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { requestKindNames } from '../issuing/request-view.ts';
import { issuerLabelNames, issuerLabels, type IssuerLabel, type IssuerLabels } from './issuer-labels.ts';
import { metricPrefix } from './process-metrics.ts';

/** Outcomes of requests, as label values; each is there from the start, at 0. */
const requestOutcomes = ['issued', 'failed', 'denied'] as const;
const attemptOutcomes = ['issued', 'pending', 'retry', 'failed', 'issuer-broken'] as const;

/** What is counted for each issuer. Series are bounded by the issuers that exist: those of a deleted one are removed. */
export interface IssuerMetrics {
  readonly requests: Counter<'kind' | 'outcome' | IssuerLabel>;
  readonly issuanceSeconds: Histogram<'kind' | IssuerLabel>;
  readonly attempts: Counter<'outcome' | IssuerLabel>;
  readonly attemptSeconds: Histogram<'outcome' | IssuerLabel>;
  readonly retries: Counter<IssuerLabel>;
  readonly issuerReady: Gauge<IssuerLabel | 'signer'>;
  readonly issuerCaveats: Gauge<IssuerLabel | 'caveat'>;
  readonly issuerCaNotAfter: Gauge<IssuerLabel>;
  readonly issuerCheckedAt: Gauge<IssuerLabel>;
  readonly issuerCheckSeconds: Gauge<IssuerLabel>;
  /** Begins the counters of an issuer at 0, so that the first increase is seen as one. */
  begin(issuer: IssuerLabels): void;
  /** Removes what was counted for an issuer; gauges with labels beyond the issuer's are the caller's. */
  end(issuer: IssuerLabels): void;
}

/** Makes them in `registry`. */
export function createIssuerMetrics(registry: Registry): IssuerMetrics {
  const registers = [registry];
  const named = (name: string, help: string): { name: string; help: string; registers: Registry[] } => ({
    name: `${metricPrefix}${name}`,
    help,
    registers,
  });
  const requests = new Counter({
    ...named('requests_total', 'Requests that came to their end, by kind, outcome and issuer.'),
    labelNames: ['kind', 'outcome', ...issuerLabelNames],
  });
  const issuanceSeconds = new Histogram({
    ...named('issuance_seconds', 'Time from the approval of a request to its certificate.'),
    labelNames: ['kind', ...issuerLabelNames],
    buckets: [0.5, 1, 2, 5, 15, 60, 300, 3600, 86_400],
  });
  const attempts = new Counter({
    ...named('sign_attempts_total', 'Calls to signers, by what they answered.'),
    labelNames: ['outcome', ...issuerLabelNames],
  });
  const attemptSeconds = new Histogram({
    ...named('sign_attempt_seconds', 'How long calls to signers took, by what they answered.'),
    labelNames: ['outcome', ...issuerLabelNames],
    buckets: [0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30, 60],
  });
  const retries = new Counter({
    ...named('sign_retries_total', 'Calls to signers for requests whose call before had failed and could be repeated.'),
    labelNames: issuerLabelNames,
  });
  const issuerReady = new Gauge({
    ...named('issuer_ready', 'Whether an issuer is ready (1) or not (0).'),
    labelNames: [...issuerLabelNames, 'signer'],
  });
  const issuerCaveats = new Gauge({
    ...named(
      'issuer_caveat',
      'Always 1; the labels tell what the users of an issuer must know: InsecureSkipVerify, Plaintext, CAExpiresSoon.',
    ),
    labelNames: [...issuerLabelNames, 'caveat'],
  });
  const issuerCaNotAfter = new Gauge({
    ...named(
      'issuer_ca_not_after_timestamp_seconds',
      'When the CA certificate of an issuer ends, in seconds since 1970; where the signer knows its CA.',
    ),
    labelNames: issuerLabelNames,
  });
  const issuerCheckedAt = new Gauge({
    ...named(
      'issuer_last_check_timestamp_seconds',
      'When the issuer was last looked at, whatever was found, in seconds since 1970.',
    ),
    labelNames: issuerLabelNames,
  });
  const issuerCheckSeconds = new Gauge({
    ...named('issuer_last_check_duration_seconds', 'How long the last check of the CA of an issuer took.'),
    labelNames: issuerLabelNames,
  });

  function begin(issuer: IssuerLabels): void {
    for (const kind of requestKindNames) for (const outcome of requestOutcomes) requests.inc({ kind, outcome, ...issuer }, 0);
    for (const outcome of attemptOutcomes) attempts.inc({ outcome, ...issuer }, 0);
    retries.inc(issuer, 0);
  }
  begin(issuerLabels(undefined));

  return {
    requests,
    issuanceSeconds,
    attempts,
    attemptSeconds,
    retries,
    issuerCaNotAfter,
    issuerCheckedAt,
    issuerCheckSeconds,
    issuerReady,
    issuerCaveats,
    begin,
    end(issuer) {
      for (const kind of requestKindNames) {
        issuanceSeconds.remove({ kind, ...issuer });
        for (const outcome of requestOutcomes) requests.remove({ kind, outcome, ...issuer });
      }
      for (const outcome of attemptOutcomes) {
        attempts.remove({ outcome, ...issuer });
        attemptSeconds.remove({ outcome, ...issuer });
      }
      for (const metric of [retries, issuerCaNotAfter, issuerCheckedAt, issuerCheckSeconds]) metric.remove(issuer);
    },
  };
}
