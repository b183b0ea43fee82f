import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { controllerNamespace } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { freePorts } from '../controlplane/ports.ts';
import { opensslCsr } from '../unit/x509/tools.ts';
import { assertIssuedOnce, requestMaker, untilIssued, type MakeRequests } from './support/backlog.ts';
import type { ControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { createIdentity, apiServerPort, type Identity } from './support/identity.ts';
import { scrape } from './support/metrics.ts';
import { applyCaSecret, applyIssuer, applySecret, createNamespace, issuerRefOf, makeCa } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { hasReason, judge, requestObject } from './support/requests.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'probes';
const issuer = { name: 'shared-ca' };
const prefix = 'external_issuer_';

describe('what a controller shows of itself', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  const ca = makeCa('Shared CA');
  const csr = opensslCsr({ subject: 'CN = backlog.example.com' });
  let world: World;
  let observer: Observer<CertificateRequest>;
  let make: MakeRequests;
  let identity: Identity;
  let controller: ControllerProcess;

  before(async () => {
    world = await openWorld();
    await world.plane.stopCertManager();
    await createNamespace(world.admin, namespace);
    await applyCaSecret(world.admin, { namespace: controllerNamespace, name: 'shared-ca' }, ca);
    observer = await observe(world.admin, certificateRequests);
    world.onClose(observer.close);
    make = requestMaker(world.admin, namespace, issuer);
    identity = await createIdentity(world.plane, 'shown');
    controller = await startWith(identity, ['--log-level=debug']);
    await applyIssuer(world.admin, issuer, { authSecretRef: { name: 'shared-ca' } });
  });
  after(async () => await world.close(suiteEnd()));

  async function startWith(as: Identity, args: readonly string[], env = {}): Promise<ControllerProcess> {
    return await world.startController({ args: [`--kubeconfig=${as.kubeconfig}`, ...args], env });
  }

  async function probe(url: string, init: RequestInit = {}): Promise<readonly [number, string]> {
    const response = await fetch(url, init);
    return [response.status, (await response.text()).trim()];
  }

  test('the probes answer 200 with the role, and what is asked wrongly with how to ask', async () => {
    await controller.waitForLog(({ msg }) => msg === 'all issuers and requests are known');
    const { healthUrl, metricsUrl } = controller;
    assert.deepEqual(await probe(`${healthUrl}/healthz`), [200, 'ok (leader)']);
    assert.deepEqual(await probe(`${healthUrl}/readyz?verbose`), [200, 'ok (leader)']);
    assert.deepEqual(await probe(`${healthUrl}/readyz`, { method: 'HEAD' }), [200, '']);
    assert.deepEqual(await probe(`${healthUrl}/readyz`, { method: 'POST' }), [405, 'use GET']);
    assert.deepEqual(await probe(`${healthUrl}/metrics`), [404, 'try /healthz or /readyz']);
    assert.deepEqual(await probe(`${metricsUrl}/`), [404, 'try /metrics']);
  });

  test('the metrics count what happened', async () => {
    const issued = await make('counted', 12);
    const denied = { namespace, name: 'denied' };
    const refused = { namespace, name: 'refused' };
    const issuerRef = issuerRefOf(issuer);
    await world.admin.create(certificateRequests, requestObject({ ...denied, csr, issuerRef }));
    await judge(world.admin, denied, 'Denied');
    await world.admin.create(certificateRequests, requestObject({ ...refused, csr: 'no CSR', issuerRef }));
    await judge(world.admin, refused, 'Approved');
    await untilIssued(observer, issued);
    await observer.until(denied, 'is denied', hasReason('Denied'));
    await observer.until(refused, 'has failed', hasReason('Failed'));

    const kind = 'CertificateRequest';
    const ofIssuer = { issuer_kind: 'ExternalClusterIssuer', issuer_namespace: '', issuer_name: issuer.name };
    const expected: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
      ['requests_total', { kind, outcome: 'issued', ...ofIssuer }, 12],
      ['requests_total', { kind, outcome: 'failed' }, 1],
      ['requests_total', { kind, outcome: 'denied' }, 1],
      ['sign_attempts_total', { outcome: 'issued', ...ofIssuer }, 12],
      ['sign_attempts_total', { outcome: 'failed' }, 0],
      ['sign_attempts_total', { outcome: 'pending' }, 0],
      ['sign_attempts_total', { outcome: 'retry' }, 0],
      ['sign_attempts_total', { outcome: 'issuer-broken' }, 0],
      ['sign_attempt_seconds_count', { outcome: 'issued', ...ofIssuer }, 12],
      ['sign_retries_total', ofIssuer, 0],
      ['rate_limit_pauses_total', ofIssuer, 0],
      ['issuance_seconds_count', { kind, ...ofIssuer }, 12],
      ['request_seconds_count', { kind }, 12],
      ['request_seconds_bucket', { kind, le: '+Inf' }, 12],
      ['status_writes_total', { result: 'conflict' }, 0],
      ['leader', { component: 'controller' }, 1],
      ['unfinished_requests', {}, 0],
      ['oldest_request_seconds', { kind, state: 'in-work' }, 0],
      ['requests_in_flight', ofIssuer, 0],
      ['queue_depth', { queue: 'CertificateRequest' }, 0],
      ['queue_depth', { queue: 'issuer' }, 0],
      ['queue_oldest_seconds', { queue: 'CertificateRequest' }, 0],
      ['queue_oldest_seconds', { queue: 'issuer' }, 0],
      ['build_info', { version: packageJson.version, node: process.version }, 1],
      ['issuer_ready', { ...ofIssuer, signer: 'mockca' }, 1],
    ];
    // The watch of a test may tell of an end before the controller has had the answer to its write.
    const metrics = await eventually('everything is finished', async () => {
      const now = await scrape(controller.metricsUrl);
      return now.sum(`${prefix}requests_total`) === 14 && now.sum(`${prefix}unfinished_requests`) === 0 && now;
    });
    for (const [name, labels, value] of expected) {
      assert.equal(metrics.sum(prefix + name, labels), value, `${name} ${JSON.stringify(labels)}`);
    }
    // One write for each end; a request that was seen before its issuer was ready has one more.
    const writes = metrics.sum(`${prefix}status_writes_total`, { result: 'written' }) ?? 0;
    assert.ok(writes >= 14 && writes <= 28, `${writes} writes`);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      assert.ok((metrics.sum(name) ?? -1) >= 0, name);
    }
  });

  test('every metric has its type and its meaning, also those that have no value yet', async () => {
    const { text } = await scrape(controller.metricsUrl);
    const described = text.matchAll(/^# HELP (external_issuer_\w+) .{20,}\n# TYPE \1 (counter|gauge|histogram)$/gm);
    const types = new Map([...described].map(([, name = '', type = '']) => [name.slice(prefix.length), type]));
    const expected = {
      counter: ['requests', 'sign_attempts', 'status_writes', 'request_warnings', 'reconcile_errors', 'watch_restarts'],
      histogram: ['sign_attempt_seconds', 'request_seconds'],
      gauge: ['leader', 'unfinished_requests', 'requests_in_flight', 'queue_depth', 'queue_oldest_seconds', 'issuer_ready'],
    };
    for (const [type, names] of Object.entries(expected)) {
      for (const name of names) assert.equal(types.get(type === 'counter' ? `${name}_total` : name), type, name);
    }
    const samples = text.matchAll(/^external_issuer_(\w+?)(?:_bucket|_sum|_count)?[{ ]/gm);
    assert.deepEqual(
      [...samples].filter(([, name = '']) => !types.has(name)),
      [],
    );
  });

  test('at log level debug nothing secret is logged, served or told, whatever goes wrong', async () => {
    const mixed = { namespace: controllerNamespace, name: 'mixed-up' };
    await applySecret(world.admin, mixed, { 'tls.crt': ca.key, 'tls.key': `${ca.key}${identity.token}` });
    await applyIssuer(world.admin, { name: 'mixed-up' }, { authSecretRef: { name: 'mixed-up' } });
    await controller.waitForLog(({ code, message }) => code === 'ConfigError' && /mixed-up/.test(String(message)));
    assert.equal(await controller.end(), 0);

    const kubectl = async (kinds: string): Promise<string> =>
      (
        await world.plane.kubectl([
          'get',
          kinds,
          '--all-namespaces',
          '--output=jsonpath={.items[*].status} {.items[*].message}',
        ])
      ).stdout;
    const told = await kubectl('externalclusterissuers,events');
    assert.match(told, /mixed-up/);
    const log = controller.logs.map((line) => JSON.stringify(line)).join('\n');
    const bodyOf = (pem: string): string => pem.split('\n')[1] ?? '';
    const base64Of = (text: string): string => Buffer.from(text).toString('base64').slice(60, 120);
    const secrets = [identity.token.slice(-40), bodyOf(ca.key), base64Of(ca.key), bodyOf(csr), base64Of(csr)];
    for (const [index, secret] of secrets.entries()) {
      assert.ok(secret.length >= 40);
      assert.equal(log.includes(secret), false, `secret ${index} is in the log`);
      assert.equal(told.includes(secret), false, `secret ${index} was told`);
    }
  });

  test('every line of the log is JSON with a level, a time and a message', () => {
    assert.ok(
      controller.logs.some(({ msg }) => msg === 'signer asked'),
      'debug lines are there',
    );
    for (const line of controller.logs) {
      assert.match(String(line['level']), /^(debug|info|warn|error)$/);
      assert.ok(Math.abs(Date.parse(String(line['time'])) - Date.now()) < 600_000);
      assert.ok((line.msg ?? '') !== '');
    }
  });

  test('settings come from the environment, unless a flag says otherwise', async () => {
    const env = {
      POD_NAME: 'from-environment',
      EXTERNAL_ISSUER_LOG_LEVEL: 'debug',
      EXTERNAL_ISSUER_LEADER_ELECT: 'true',
      EXTERNAL_ISSUER_MAX_CONCURRENT_RECONCILES: '',
      EXTERNAL_ISSUER_METRICS_BIND_ADDRESS: 'the flag wins, so this is not read',
    };
    const process = await startWith(identity, [], env);
    const leading = await process.waitForLog(({ msg }) => msg === 'leading');
    assert.match(String(leading['identity']), /^from-environment_[0-9a-f]+$/);
    const keys = await make('environment', 3);
    await untilIssued(observer, keys);
    await process.waitForLog(({ level }) => level === 'debug');
    assert.equal(await process.end(), 0);
    assert.ok(process.logs.some(({ msg }) => msg === 'gave the leader Lease back'));
  });

  test('a controller that cannot reach the API server lives, and is not ready until it can', async () => {
    const proxy = await startTcpProxy(apiServerPort(world.plane));
    proxy.hold();
    const away = await startWith(await createIdentity(world.plane, 'away', { server: `https://${proxy.address}` }), []);
    assert.deepEqual(await probe(`${away.healthUrl}/healthz`), [200, 'ok (leader)']);
    assert.deepEqual(await probe(`${away.healthUrl}/readyz`), [
      503,
      'not ready: the first lists from the API server are not complete',
    ]);
    proxy.release();
    await eventually('it is ready', async () => (await fetch(`${away.healthUrl}/readyz`)).ok);
    assert.equal(await away.end(), 0);
    await proxy.close();
  });

  for (const [named, cluster] of [
    ['its address', {}],
    ['the name it is to have', { 'tls-server-name': 'kubernetes.default.svc' }],
  ] as const) {
    test(`IPv6: the API server is known by ${named}, and the probes are served`, async (t) => {
      const proxy = await startTcpProxy(apiServerPort(world.plane), '::1').catch(() => undefined);
      if (proxy === undefined) {
        t.skip('this machine has no ::1');
        return;
      }
      const six = await createIdentity(world.plane, 'six', { server: `https://${proxy.address}`, ...cluster });
      const [port] = await freePorts(1);
      const process = await startWith(six, [`--health-probe-bind-address=[::1]:${port}`]);
      assert.equal(process.healthUrl, `http://[::1]:${port}`);
      const keys = await make(`six-${Object.keys(cluster).length}`, 3);
      await untilIssued(observer, keys);
      assertIssuedOnce(observer, keys);
      assert.equal((await fetch(`${process.healthUrl}/readyz`)).status, 200);
      assert.equal(await process.end(), 0);
      await proxy.close();
    });
  }

  test('nothing was forbidden to any of these controllers', async () => {
    assert.deepEqual(await world.forbidden(), []);
  });
});
