import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { IssuerFinding } from '../../../src/issuing/issuer-finding.ts';
import { createIssuerReports } from '../../../src/manager/issuer-reports.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { issuerView } from '../issuing/support/views.ts';

const finding: IssuerFinding = { status: 'True', reason: 'Checked', code: 'Checked', message: 'well' };
const plaintext = { code: 'Plaintext', message: '' };
const unverified = { code: 'InsecureSkipVerify', message: '' };

test('the metrics of an issuer say what its signer is and what its users must know, as long as it is so', async () => {
  const metrics = createMetrics({
    version: '0',
    nodeVersion: '0',
    isLeader: () => true,
    queues: () => [],
    unfinishedRequests: () => 0,
    inFlight: () => 0,
  });
  const recorder = { record: () => {}, pending: () => 0, stop: async () => {} };
  const reports = createIssuerReports({ recorder, metrics, log: pino({ enabled: false }) });
  const series = async (): Promise<readonly string[]> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('external_issuer_issuer_'))
      .map((line) =>
        line.replace('kind="ExternalIssuer",namespace="team-a",name="ca",', '').replace('external_issuer_issuer_', ''),
      );

  reports.finding(issuerView(), finding, { type: 'pki', caveats: [plaintext, unverified] });
  assert.deepEqual(await series(), [
    'ready{signer="pki"} 1',
    'caveat{caveat="Plaintext"} 1',
    'caveat{caveat="InsecureSkipVerify"} 1',
  ]);
  reports.finding(issuerView(), finding, { type: 'pki', caveats: [unverified] });
  assert.deepEqual(await series(), ['ready{signer="pki"} 1', 'caveat{caveat="InsecureSkipVerify"} 1']);
  reports.finding(issuerView(), { ...finding, status: 'False' }, undefined);
  assert.deepEqual(await series(), ['ready{signer=""} 0']);
  reports.finding(issuerView(), finding, { type: 'pki', caveats: [plaintext] });
  reports.gone(issuerView());
  assert.deepEqual(await series(), []);
});
