import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { ControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { scrape } from './support/metrics.ts';
import { applyIssuer, applySecret, eventsAbout, issuerRefOf } from './support/objects.ts';
import { pkiFaults } from './support/pki-fault-cases.ts';
import { genericJsonChanges } from './support/preset-cas.ts';
import { applyPreset } from './support/preset-cluster.ts';
import type { PresetChanges } from './support/preset.ts';
import { openRequestLab, type RequestLab } from './support/request-lab.ts';
import { readyOf } from './support/requests.ts';
import { startSecureMockCa, type SecureMockCa } from './support/secure-mockca.ts';
import { watchSuite, withoutAuditLog } from './support/suite.ts';

const namespace = 'pki-faults';
// Fewer workers than the requests of one issuer below.
const flags = ['--allow-ca-addresses=127.0.0.1', '--max-concurrent-reconciles=36'];
const quick = { retry: { minDelay: '1s', maxDelay: '2s' }, healthCheck: { interval: '30s' } };

describe('a CA over HTTP', () => {
  const suiteEnd = watchSuite();
  const servers = new AsyncDisposableStack();
  let lab: RequestLab;
  let controller: ControllerProcess;
  before(async () => {
    lab = await openRequestLab(namespace);
    ({ controller } = lab);
  });
  after(async () => {
    await lab.close(suiteEnd());
    await servers.disposeAsync();
  });

  const mockCa = async (...args: readonly string[]) => servers.use(await startSecureMockCa('token', args));

  /** Makes an issuer from the example of a JSON API, waits until it is ready, and gives what requests call it. */
  async function issuerOf(ca: SecureMockCa, name: string, changes: Partial<PresetChanges> = {}, ready = true) {
    const all = { ...genericJsonChanges(ca), spec: quick, suffix: `-${name}`, ...changes };
    const { issuer } = await applyPreset(lab.world, 'generic-json.yaml', all);
    if (ready) await lab.issuers.untilChecked({ name: issuer });
    return { issuer, ref: issuerRefOf({ name: issuer }) };
  }

  test('at an address of the machine itself is never connected to, unless the administrator allows it', async () => {
    let connections = 0;
    const metadata = createServer((_, response) => response.end('a credential')).on('connection', () => connections++);
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.2', resolve));
    servers.defer(async () => await new Promise<void>((resolve) => void metadata.close(() => resolve())));
    const { port } = metadata.address() as AddressInfo;
    const issuer = { namespace, name: 'metadata' };
    const steps = [{ name: 'sign', url: '/latest/meta-data', body: { json: { csr: '{{ csr.pem }}' } } }];
    const refused = [
      ['169.254.169.254', 'metadata service'],
      ['127.0.0.2', 'loopback'],
    ];
    for (const [host = '', kind = ''] of refused) {
      const pki = { baseUrl: `http://${host}:${port}`, tls: { allowPlaintext: true }, steps };
      await applyIssuer(lab.admin, issuer, { signerType: 'pki', pki });
      await lab.issuers.untilNotReady(issuer, new RegExp(`^AddressRefused: ${host}.*${kind}.*--allow-ca-addresses`));
    }
    await lab.askApproved('metadata', issuerRefOf(issuer));
    await lab.until('metadata', 'Pending', /^IssuerNotReady: .*AddressRefused/);
    assert.equal(connections, 0);
  });

  describe('that', { concurrency: true }, () => {
    before(async () => {
      await controller.end();
      controller = await lab.world.startController({ args: flags });
    });

    for (const { what, name, args, pki, reason, words, signings } of pkiFaults) {
      test(`${what} is told of in the status of the request`, async () => {
        const ca = await mockCa(...args);
        const { ref } = await issuerOf(ca, name, pki === undefined ? {} : { pki });
        await lab.askApproved(name, ref);
        await lab.until(name, reason, words);
        assert.equal((await ca.signings()).length, signings);
        if (reason === 'Failed') return;
        await ca.restart();
        if (name !== 'throttled') await lab.until(name, 'Issued');
      });
    }

    test('goes away makes the issuer not ready, and its requests go on by themselves when it is back', async () => {
      const ca = await mockCa();
      const { issuer, ref } = await issuerOf(ca, 'gone');
      await ca.stop();
      // At the next check, which comes after 30 s and up to a tenth more.
      await lab.issuers.untilNotReady({ name: issuer }, /^CAUnreachable: .*127\.0\.0\.1:\d+/, 45_000);
      await lab.askApproved('gone', ref);
      await lab.until('gone', 'Pending', /^IssuerNotReady: /);
      await ca.restart();
      await lab.until('gone', 'Issued');
      assert.equal((await ca.signings()).length, 1);
    });

    test('refuses the token makes the issuer not ready, until the Secret has another, which is used at once', async () => {
      const ca = await mockCa();
      const wrong = genericJsonChanges({ ...ca, token: 'yesterday' });
      // The journal is for those with the token only.
      const { issuer, ref } = await issuerOf(ca, 'rotated', { ...wrong, pki: { check: { url: '/journal' } } }, false);
      await lab.issuers.untilNotReady(
        { name: issuer },
        /^CAAuthRefused: The CA answered 401 .* Check the credential that pki\.auth names/,
      );
      await lab.askApproved('rotated', ref);
      await lab.until('rotated', 'Pending', /^IssuerNotReady: /);
      const changedAt = performance.now();
      await applySecret(
        lab.admin,
        { namespace: 'external-issuer-system', name: 'pki-api-credentials-rotated' },
        { token: ca.token },
      );
      const { at } = await lab.until('rotated', 'Issued');
      assert.ok(at - changedAt < 10_000, `it took ${Math.round(at - changedAt)} ms`);
    });

    test('is not told apart from others says so in the status, an event and a metric', async () => {
      const ca = await mockCa();
      const tls = { insecureSkipVerify: true, caConfigMapRef: undefined };
      const { issuer } = await issuerOf(ca, 'unverified', { pki: { tls } });
      await lab.issuers.untilChecked({ name: issuer }, /insecureSkipVerify/);
      const told = await eventually('there is an event', async () => {
        const found = await eventsAbout(lab.admin, { name: issuer });
        return found.find(({ reason }) => reason === 'InsecureSkipVerify');
      });
      assert.equal(told.type, 'Warning');
      const labels = { issuer_kind: 'ExternalClusterIssuer', issuer_name: issuer, caveat: 'InsecureSkipVerify' };
      assert.equal((await scrape(controller.metricsUrl)).sum('external_issuer_issuer_caveat', labels), 1);
    });

    test('hangs does not slow the requests of another', async () => {
      const [hanging, good] = await Promise.all([mockCa('--fault-latency=10m'), mockCa()]);
      const [stuck, quickOne] = [await issuerOf(hanging, 'hanging'), await issuerOf(good, 'beside')];
      const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
      for (const name of names('hanging', 40)) await lab.askApproved(name, stuck.ref);
      const askedAt = performance.now();
      for (const name of names('beside', 20)) await lab.askApproved(name, quickOne.ref);
      const seen = await Promise.all(names('beside', 20).map(async (name) => await lab.until(name, 'Issued')));
      const slowest = Math.max(...seen.map(({ at }) => at)) - askedAt;
      assert.ok(slowest < 20_000, `the slowest was there after ${Math.round(slowest)} ms`);
      assert.equal((await good.signings()).length, 20);
      for (const name of names('hanging', 40)) {
        assert.notEqual(readyOf(lab.seen.history({ namespace, name }).at(-1) ?? {})?.reason, 'Issued', name);
      }
      // What hangs would be waited for at the end.
      await hanging.stop();
    });
  });

  test('decides later is only asked again by a controller that starts after the last was killed', async () => {
    const ca = await mockCa('--fault-pending=3');
    const { ref } = await issuerOf(ca, 'later', { pki: { pollInterval: '2s' } });
    await lab.askApproved('later', ref);
    await lab.until('later', 'Pending', /^PendingAtCA: The CA has accepted the request/);
    await controller.end('SIGKILL');
    const asked = ca.requests().length;
    controller = await lab.world.startController({ args: flags });
    await lab.until('later', 'Issued', undefined, 60_000);
    const requests = ca.requests();
    assert.deepEqual(
      requests.filter((line) => line.startsWith('POST')),
      ['POST /api/v1/certificate/sign 202'],
    );
    assert.ok(requests.length > asked, 'the new controller polled');
    assert.equal((await ca.signings()).length, 1);
  });

  test('needs no call that the API server forbids the controller', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});
