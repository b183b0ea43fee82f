import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { certificateRequests } from '../../../src/api/resources.ts';
import type { IssuerFinding } from '../../../src/issuing/issuer-finding.ts';
import { issuerKeyText, type IssuerView } from '../../../src/issuing/request-view.ts';
import { createIssuerReports, type IssuerReports } from '../../../src/manager/issuer-reports.ts';
import { createRequestReports, type RequestReports } from '../../../src/manager/request-reports.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { clusterIssuer, issuerView, now, requestView } from '../issuing/support/views.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';
import { metricSources } from '../support/metric-sources.ts';

const finding: IssuerFinding = { status: 'True', reason: 'Checked', code: 'Checked', message: 'well' };
const issued = { change: 'issued', chainPem: '' } as const;

interface Lab {
  readonly issuers: Map<string, IssuerView>;
  readonly issuerReports: IssuerReports;
  readonly reports: RequestReports;
  /** The samples that are not 0, without the prefix and the labels of the team's issuer. */
  samples(name: RegExp): Promise<readonly string[]>;
}

function createLab(): Lab {
  const issuers = new Map([issuerView()].map((view) => [issuerKeyText(view.key), view]));
  const metrics = createMetrics(
    metricSources({
      loads: () => [...issuers.values()].map(({ key }) => ({ issuer: key, load: { inFlight: 3, pauses: 2, pausedMs: 1500 } })),
    }),
  );
  const recorder = { record: () => {}, pending: () => 0, stop: async () => {} };
  const deps = { recorder, metrics, log: pino({ enabled: false }), clock: createFakeClock() };
  return {
    issuers,
    issuerReports: createIssuerReports(deps),
    reports: createRequestReports(certificateRequests, { ...deps, issuerOf: (key) => issuers.get(key) }),
    async samples(name) {
      const lines = (await metrics.registry.metrics()).split('\n');
      const own = lines.filter((line) => line.startsWith('external_issuer_') && !line.endsWith(' 0'));
      return own
        .map((line) => line.slice('external_issuer_'.length))
        .filter((line) => name.test(line))
        .map((line) => line.replace('issuer_kind="ExternalIssuer",issuer_namespace="team-a",issuer_name="ca"', 'CA'))
        .toSorted();
    },
  };
}

describe('the metrics of requests', () => {
  test('count by issuer, measure from the approval, and tell repeated attempts', async () => {
    const { reports, issuerReports, samples } = createLab();
    issuerReports.finding(issuerView(), finding, undefined, undefined);
    const request = requestView({ createdAt: now - 60_000, approvedAt: now - 4000 });
    reports.attempt(request, 'retry', 400, false);
    reports.attempt(request, 'issued', 200, true);
    reports.concluded(request, issued);
    reports.concluded(requestView(), issued);
    assert.deepEqual(await samples(/^(requests_total|issuance_seconds_sum|request_seconds_sum|sign_(?!\w+_bucket))/), [
      'issuance_seconds_sum{kind="CertificateRequest",CA} 4',
      'request_seconds_sum{kind="CertificateRequest"} 60',
      'requests_total{kind="CertificateRequest",outcome="issued",CA} 2',
      'sign_attempt_seconds_count{outcome="issued",CA} 1',
      'sign_attempt_seconds_count{outcome="retry",CA} 1',
      'sign_attempt_seconds_sum{outcome="issued",CA} 0.2',
      'sign_attempt_seconds_sum{outcome="retry",CA} 0.4',
      'sign_attempts_total{outcome="issued",CA} 1',
      'sign_attempts_total{outcome="retry",CA} 1',
      'sign_retries_total{CA} 1',
    ]);
  });

  test('make no series from names that requesters choose', async () => {
    const { reports, samples } = createLab();
    for (const name of ['a', 'b', 'c']) {
      reports.concluded(requestView({ issuer: { ...clusterIssuer, name } }), { change: 'denied', message: '' });
    }
    reports.concluded(requestView({ issuer: { unknownKind: 'Mine', name: 'd' } }), { change: 'denied', message: '' });
    assert.deepEqual(await samples(/^requests_total/), [
      'requests_total{kind="CertificateRequest",outcome="denied",issuer_kind="",issuer_namespace="",issuer_name=""} 4',
    ]);
  });

  test('know each outcome of an issuer at 0 from its first check on, and nothing of it when it is deleted', async () => {
    const { issuers, reports, issuerReports, samples } = createLab();
    issuerReports.finding(issuerView(), finding, { type: 'pki', caveats: [] }, undefined);
    issuerReports.checked(issuerView(), 1500);
    reports.attempt(requestView({ approvedAt: now }), 'issued', 200, true);
    reports.concluded(requestView({ approvedAt: now }), issued);
    assert.deepEqual(await samples(/^(issuer_|requests_in|rate)/), [
      'issuer_last_check_duration_seconds{CA} 1.5',
      `issuer_last_check_timestamp_seconds{CA} ${now / 1000}`,
      'issuer_ready{CA,signer="pki"} 1',
      'rate_limit_pause_seconds_total{CA} 1.5',
      'rate_limit_pauses_total{CA} 2',
      'requests_in_flight{CA} 3',
    ]);
    issuers.clear();
    issuerReports.gone(issuerView());
    assert.deepEqual(await samples(/CA|team-a/), []);
    reports.attempt(requestView(), 'issued', 200, false);
    assert.deepEqual(await samples(/team-a/), []);
  });

  test('say for each state how many requests there are and how old the oldest is, looked through once', async () => {
    let looks = 0;
    const { registry } = createMetrics(
      metricSources({
        unfinishedRequests() {
          looks += 1;
          return [{ kind: 'CertificateRequest', state: 'in-work', count: 2, oldestMs: 1500 }];
        },
      }),
    );
    const text = await registry.metrics();
    assert.match(text, /^external_issuer_unfinished_requests\{kind="CertificateRequest",state="in-work"\} 2$/m);
    assert.match(text, /^external_issuer_oldest_request_seconds\{kind="CertificateRequest",state="in-work"\} 1\.5$/m);
    assert.equal(looks, 1);
  });
});
