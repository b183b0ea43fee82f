import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { fieldManager } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import {
  assertIssuedOnce,
  isIssued,
  isSigning,
  requestMaker,
  serialOf,
  signingsOf,
  untilIssued,
  untilLogged,
  type MakeRequests,
} from './support/backlog.ts';
import type { ControllerProcess, LogLine } from './support/controller-process.ts';
import { apiServerPort, createIdentity, statusWrites, type Identity } from './support/identity.ts';
import { scrape, untilIdle } from './support/metrics.ts';
import { applyCaSecret, applyIssuer, createNamespace, makeCa } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'resilience';
/** Its CA is in a Secret, so that all controllers sign with the same one. */
const issuer = { name: 'shared-ca' };
const debug = '--log-level=debug';
/** How many requests the controllers of the kill are told to work on at once. */
const maxConcurrent = 64;
const inFlight = `--max-concurrent-reconciles=${maxConcurrent}`;

describe('when parts fail', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  let world: World;
  let observer: Observer<CertificateRequest>;
  let make: MakeRequests;
  before(async () => {
    world = await openWorld();
    // The tests approve by themselves, at their own pace.
    await world.plane.stopCertManager();
    await createNamespace(world.admin, namespace);
    const secret = { namespace: 'external-issuer-system', name: 'shared-ca' };
    await applyCaSecret(world.admin, secret, makeCa('Shared CA'));
    await applyIssuer(world.admin, issuer, { authSecretRef: { name: secret.name } });
    observer = await observe(world.admin, certificateRequests);
    world.onClose(observer.close);
    make = requestMaker(world.admin, namespace, issuer);
  });
  after(async () => await world.close(suiteEnd()));

  test('a controller that starts issues what was approved while none ran', async () => {
    const keys = await make('early', 10);
    const controller = await world.startController();
    await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    assert.equal(await controller.end(), 0);
  });

  /**
   * What is proved, by the API server's objects and audit log, in which each controller is known by its token: every request
   * has one certificate, which never changed; it was written by one successful write, of the first controller or the
   * second; the second touched none whose certificate the API server had when it started; and it had its signer sign (its
   * own counter) exactly as often as there were others. How often the first signed what it could not write any more is
   * known by its log alone, where a line may be missing for a signing at the very kill.
   */
  test('a controller killed amid 200 requests is followed by one that asks the CA only for what was not yet issued', async (t) => {
    const [killed, follower] = [await createIdentity(world.plane, 'killed'), await createIdentity(world.plane, 'follower')];
    const start = async ({ kubeconfig }: Identity): Promise<ControllerProcess> =>
      await world.startController({ args: [debug, inFlight, `--kubeconfig=${kubeconfig}`] });
    const keys = await make('killed', 200);
    const first = await start(killed);
    await untilLogged(first, isIssued, 40);
    assert.equal(await first.end('SIGKILL'), null);
    // What the API server had read of it by then, it still carries out.
    await delay(1000);
    const { items } = await world.admin.list(certificateRequests, { namespace });
    const ours = items.filter(({ metadata }) => metadata.name.startsWith('killed-'));
    const open = ours.filter(({ status }) => (status?.certificate ?? '') === '');
    const openNames = open.map(({ metadata }) => metadata.name).toSorted();
    assert.ok(open.length > 0 && open.length < 200, `${open.length} of 200 were open at the kill, so it was not amid them`);

    const second = await start(follower);
    await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    assert.equal(new Set(keys.map((key) => serialOf(observer, key))).size, 200, 'each has a certificate of its own');
    await untilIdle(second);
    const signed = (await scrape(second.metricsUrl)).sum('external_issuer_sign_attempts_total', { outcome: 'issued' });
    assert.equal(await second.end(), 0);
    assert.equal(signed, open.length, 'the second controller had signed what was open, and no more');

    const [byFirst, bySecond] = [await statusWrites(killed), await statusWrites(follower)];
    const closed = keys
      .map(({ name }) => name)
      .filter((name) => !openNames.includes(name))
      .toSorted();
    assert.deepEqual(
      bySecond.map(({ name, code }) => `${name} ${code}`).toSorted(),
      openNames.map((name) => `${name} 200`),
      'the second controller wrote to what was open, once each',
    );
    // The log may call it an error when nobody was there any more for the answer.
    assert.deepEqual(
      [...new Set(byFirst.filter(({ name }) => closed.includes(name)).map(({ name }) => name))].toSorted(),
      closed,
    );
    const done = byFirst.filter(({ code }) => code === 200).map(({ name }) => name);
    assert.ok(done.every((name) => closed.includes(name)) && new Set(done).size === done.length, 'the first one, the rest');

    const firstSigned = new Set(signingsOf(first));
    const again = signingsOf(second).filter((uid) => firstSigned.has(uid)).length;
    assert.ok(again <= maxConcurrent, `${again} were signed twice, more than can be in flight`);
    t.diagnostic(`${open.length} were open at the kill; ${again} of them were signed twice, by the logs`);
  });

  test('two controllers without an election, one of them frozen for a while, leave each request its one certificate', async (t) => {
    const both = await Promise.all([1, 2].map(async () => await world.startController({ args: [debug] })));
    const [frozen] = both;
    assert.ok(frozen);
    const making = make('contended', 100);
    await untilLogged(frozen, isSigning, 10);
    process.kill(frozen.pid, 'SIGSTOP');
    const keys = await making;
    await untilIssued(observer, keys);
    process.kill(frozen.pid, 'SIGCONT');
    const conflicts = await Promise.all(both.map(untilIdle));
    assertIssuedOnce(observer, keys);
    t.diagnostic(
      `status writes that came too late: ${conflicts.join(' and ')}; signings: ${both.map((one) => signingsOf(one).length).join(' and ')}`,
    );
    assert.ok(Math.max(...conflicts) > 0, 'the two never met, so nothing was shown');
    for (const controller of both) assert.equal(await controller.end(), 0);
  });

  test('a stale Pending of the controller itself is refused, and the certificate stays', async () => {
    const key = { namespace, name: 'contended-0' };
    const [oldest] = observer.history(key);
    const { metadata, status } = await world.admin.get(certificateRequests, key);
    const { uid, resourceVersion } = oldest?.metadata ?? {};
    assert.ok(uid === metadata.uid && resourceVersion !== metadata.resourceVersion);
    const pending = { type: 'Ready', status: 'False', reason: 'Pending', message: 'IssuerNotReady: stale' };
    const stale = { metadata: { ...key, uid, resourceVersion }, status: { conditions: [pending] } };
    const apply = world.admin.apply(certificateRequests, stale as unknown as CertificateRequest, {
      fieldManager,
      subresource: 'status',
    });
    await assert.rejects(apply, { code: 'Conflict', status: 409 });
    assert.deepEqual((await world.admin.get(certificateRequests, key)).status, status);
  });

  describe('on the way to the API server', () => {
    let proxy: TcpProxy;
    let identity: Identity;
    let controller: ControllerProcess;
    before(async () => {
      proxy = await startTcpProxy(apiServerPort(world.plane));
      identity = await createIdentity(world.plane, 'behind-proxy', { server: `https://${proxy.address}` });
      controller = await world.startController({ args: [`--kubeconfig=${identity.kubeconfig}`, debug] });
      await controller.waitForLog(({ msg }) => msg === 'all issuers and requests are known');
    });
    after(async () => {
      await controller.end();
      await proxy.close();
    });

    async function watchRestarts(): Promise<number> {
      return (await scrape(controller.metricsUrl)).sum('external_issuer_watch_restarts_total') ?? 0;
    }

    /** The controller meets it again only when it is ready: one that has not read all roles yet refuses what they allow. */
    async function startApiServer(): Promise<void> {
      proxy.hold();
      await world.plane.startPart('kube-apiserver');
    }

    test('connections that are cut again and again delay requests, and cause no storm', async (t) => {
      const earlier = (await identity.calls()).length;
      const restarts = await watchRestarts();
      const making = make('cut', 50);
      const [times, watches] = [8, 4];
      let connections = 0;
      for (let time = 0; time < times; time += 1) {
        await delay(400);
        connections += proxy.cut();
      }
      await untilIssued(observer, await making);
      assertIssuedOnce(observer, await making);
      const restarted = (await watchRestarts()) - restarts;
      const signings = signingsOf(controller);
      assert.equal(new Set(signings).size, signings.length, 'a status write whose answer was lost had the CA asked again');
      assert.ok(connections > times, `${connections} connections were cut`);
      assert.ok(restarted >= watches, `${restarted} watches were begun again`);
      const calls = (await identity.calls()).slice(earlier);
      const looks = calls.filter(({ verb }) => verb === 'list' || verb === 'watch').length;
      t.diagnostic(
        `${connections} connections cut, ${restarted} watches ended, ${looks} lists and watches begun, ${calls.length} calls in all`,
      );
      assert.ok(looks <= watches * times * 2, `${looks} lists and watches`);
      // A status, an event, and for what was cut each once more, with a look at the object.
      assert.ok(calls.length - looks <= 5 * 50, `${calls.length} calls`);
    });

    test('an API server that is killed and started again is found again', async (t) => {
      await world.plane.stopPart('kube-apiserver', 'kill');
      await delay(2000);
      await startApiServer();
      const keys = await make('restarted', 10);
      proxy.release();
      const released = performance.now();
      await untilIssued(observer, keys);
      t.diagnostic(`all were issued ${Math.round(performance.now() - released)} ms after it was back`);
      assertIssuedOnce(observer, keys);
    });

    test('a network that swallows everything for 20 s, while the API server forgets its watches, is overcome', async (t) => {
      const restarts = await watchRestarts();
      const healed = delay(20_000);
      proxy.cut();
      proxy.hold();
      await world.plane.stopPart('kube-apiserver');
      await startApiServer();
      const keys = await make('swallowed', 20);
      await healed;
      assert.equal((await fetch(`${controller.healthUrl}/readyz`)).status, 200);
      assert.deepEqual(
        keys.filter((key) => observer.history(key).some(({ status }) => status?.certificate !== undefined)),
        [],
      );
      proxy.release();
      const released = performance.now();
      await untilIssued(observer, keys);
      t.diagnostic(`all were issued ${Math.round(performance.now() - released)} ms after it was back`);
      assertIssuedOnce(observer, keys);
      assert.ok((await watchRestarts()) > restarts);
      const tooOld = ({ error }: LogLine): boolean =>
        String(error).startsWith('watch certificaterequests: too old resource version');
      assert.ok(controller.logs.some(tooOld), 'the place to resume from was still known');
    });
  });

  test('nothing was forbidden to any of these controllers', async () => {
    assert.deepEqual(await world.forbidden(), []);
  });
});
