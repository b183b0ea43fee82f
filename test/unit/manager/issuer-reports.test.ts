import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { CaStatus } from '../../../src/api/ca-status.ts';
import type { IssuerFinding } from '../../../src/issuing/issuer-finding.ts';
import { createIssuerReports } from '../../../src/manager/issuer-reports.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';
import { metricSources } from '../support/metric-sources.ts';
import { issuerView } from '../issuing/support/views.ts';

const finding: IssuerFinding = { status: 'True', reason: 'Checked', code: 'Checked', message: 'well' };
const plaintext = { code: 'Plaintext', message: '' };
const ca: CaStatus = {
  ca: { subject: 'CN=CA', serialNumber: '01', notAfter: '2028-01-02T00:00:00Z', keyId: 'key' },
  caCertificate: 'PEM',
};
const unverified = { code: 'InsecureSkipVerify', message: '' };

test('the metrics of an issuer say what its signer is and what its users must know, as long as it is so', async () => {
  const metrics = createMetrics(metricSources());
  const recorder = { record: () => {}, pending: () => 0, stop: async () => {} };
  const reports = createIssuerReports({ recorder, metrics, log: pino({ enabled: false }), clock: createFakeClock() });
  const series = async (): Promise<readonly string[]> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => /^external_issuer_issuer_(?!last_check)/.test(line))
      .map((line) =>
        line
          .replace('issuer_kind="ExternalIssuer",issuer_namespace="team-a",issuer_name="ca"', '')
          .replace('{,', '{')
          .replace('external_issuer_issuer_', ''),
      );

  reports.finding(issuerView(), finding, { type: 'pki', caveats: [plaintext, unverified] }, undefined);
  assert.deepEqual(await series(), [
    'ready{signer="pki"} 1',
    'caveat{caveat="Plaintext"} 1',
    'caveat{caveat="InsecureSkipVerify"} 1',
  ]);
  reports.finding(issuerView(), finding, { type: 'pki', caveats: [unverified] }, undefined);
  assert.deepEqual(await series(), ['ready{signer="pki"} 1', 'caveat{caveat="InsecureSkipVerify"} 1']);
  reports.finding(issuerView(), { ...finding, status: 'False' }, undefined, undefined);
  assert.deepEqual(await series(), ['ready{signer=""} 0']);
  const warned: IssuerFinding = { ...finding, warnings: [{ code: 'BackupInUse', message: '' }] };
  reports.finding(issuerView(), warned, { type: 'pki', caveats: [plaintext] }, ca);
  assert.deepEqual(await series(), [
    'ready{signer="pki"} 1',
    'caveat{caveat="Plaintext"} 1',
    'caveat{caveat="BackupInUse"} 1',
    'ca_not_after_timestamp_seconds{} 1830384000',
  ]);
  reports.finding(issuerView(), { ...finding, status: 'False' }, undefined, ca);
  assert.deepEqual(await series(), ['ready{signer=""} 0', 'ca_not_after_timestamp_seconds{} 1830384000']);
  reports.finding(issuerView(), finding, { type: 'pki', caveats: [plaintext] }, undefined);
  assert.deepEqual(await series(), ['ready{signer="pki"} 1', 'caveat{caveat="Plaintext"} 1']);
  reports.finding(issuerView(), finding, { type: 'pki', caveats: [plaintext] }, ca);
  reports.gone(issuerView());
  assert.deepEqual(await series(), []);
});
