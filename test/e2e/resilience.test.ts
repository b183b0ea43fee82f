import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { fieldManager } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import {
  assertIssuedOnce,
  isIssued,
  isSigning,
  requestMaker,
  signingsOf,
  untilIssued,
  untilLogged,
  type MakeRequests,
} from './support/backlog.ts';
import type { ControllerProcess, LogLine } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { apiServerPort, createIdentity, type Identity } from './support/identity.ts';
import { scrape } from './support/metrics.ts';
import { applyCaSecret, applyIssuer, createNamespace, makeCa } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'resilience';
/** Its CA is in a Secret, so that all controllers sign with the same one. */
const issuer = { name: 'shared-ca' };
const debug = '--log-level=debug';
const skip = readEnvironment().givenKubeconfig === undefined ? false : 'a given cluster is used';

describe('when parts fail', { skip }, () => {
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
    make = requestMaker(world.admin, namespace, issuer);
  });
  after(async () => {
    await observer.close();
    await world.close();
  });

  test('a controller that starts issues what was approved while none ran', async () => {
    const keys = await make('early', 10);
    const controller = await world.startController();
    await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    assert.equal(await controller.end(), 0);
  });

  test('a controller killed amid 200 requests is followed by one that asks the CA only for what was not yet issued', async (t) => {
    const keys = await make('killed', 200);
    const first = await world.startController({ args: [debug] });
    await untilLogged(first, isIssued, 40);
    assert.equal(await first.end('SIGKILL'), null);

    const { items } = await world.admin.list(certificateRequests, { namespace });
    const ours = items.filter(({ metadata }) => metadata.name.startsWith('killed-'));
    const open = ours.filter(({ status }) => (status?.certificate ?? '') === '').map(({ metadata }) => metadata.uid ?? '');
    assert.ok(open.length > 0 && open.length < 200, `${open.length} of 200 were open at the kill, so it was not amid them`);

    const second = await world.startController({ args: [debug] });
    const uids = await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    assert.equal(await second.end(), 0);
    const [once, again] = [signingsOf(first), signingsOf(second)];
    assert.equal(new Set(once).size, once.length, 'the first controller signed none twice');
    assert.deepEqual(again.toSorted(), open.toSorted(), 'the second one signed what was open, each once');
    assert.deepEqual(new Set([...once, ...again]), new Set(uids));
    t.diagnostic(
      `${open.length} were open at the kill; ${once.filter((uid) => open.includes(uid)).length} of them were signed twice`,
    );
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

/** Waits until nothing is left to do; gives how many status writes were refused because the object had changed. */
async function untilIdle({ metricsUrl }: ControllerProcess): Promise<number> {
  return await eventually('the controller has nothing left to do', async () => {
    const { sum } = await scrape(metricsUrl);
    const left = ['unfinished_requests', 'requests_in_flight', 'queue_depth'].map((name) => sum(`external_issuer_${name}`));
    return left.every((count) => count === 0) && sum('external_issuer_status_writes_total', { result: 'conflict' });
  });
}
