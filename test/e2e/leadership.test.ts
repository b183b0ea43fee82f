import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { controllerNamespace, leaderLeaseName } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { leases, type LeaseSpec } from '../../src/kube/lease.ts';
import {
  assertIssuedOnce,
  isSigning,
  requestMaker,
  signingsOf,
  untilIssued,
  untilLogged,
  type MakeRequests,
} from './support/backlog.ts';
import type { ControllerProcess } from './support/controller-process.ts';
import { apiServerPort, createIdentity, isWrite, type Identity } from './support/identity.ts';
import { scrape } from './support/metrics.ts';
import type { ObjectKey } from '../../src/kube/resource.ts';
import { applyCaSecret, applyIssuer, createNamespace, makeCa } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'leadership';
const issuer = { name: 'shared-ca' };
/** So that a leader can be amid its requests: what it has begun it also finishes. */
const fewAtOnce = '--max-concurrent-reconciles=32';
const leaseMs = 15_000;
/** A standby looks every 2 to 4.4 s, as client-go's does; the rest is for a busy machine. */
const handoverMs = 7000;
const takeoverMs = leaseMs + handoverMs;

/** One replica; each has a token of its own, so its calls can be told from the others'. */
interface Replica extends Identity {
  readonly process: ControllerProcess;
}

describe('replicas that elect a leader', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  let world: World;
  let observer: Observer<CertificateRequest>;
  let make: MakeRequests;
  let leader: Replica;
  let standby: Replica;
  let count = 0;

  async function startReplica(cluster: Readonly<Record<string, unknown>> = {}): Promise<Replica> {
    const name = `replica-${(count += 1)}`;
    const identity = await createIdentity(world.plane, name, cluster);
    const process = await world.startController({
      args: ['--leader-elect', '--log-level=debug', fewAtOnce, `--kubeconfig=${identity.kubeconfig}`],
      env: { POD_NAME: name },
    });
    return { ...identity, process };
  }

  async function leads({ process }: Replica, timeoutMs = handoverMs): Promise<void> {
    await process.waitForLog(({ msg }) => msg === 'leading', timeoutMs);
  }

  async function lease(): Promise<LeaseSpec> {
    return (await world.admin.get(leases, { namespace: controllerNamespace, name: leaderLeaseName })).spec ?? {};
  }

  /** Makes requests and waits until the leader has had them signed. */
  async function issues(replica: Replica, prefix: string): Promise<void> {
    const keys = await make(prefix, 5);
    const uids = await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    const signed = new Set(signingsOf(replica.process));
    assert.deepEqual(
      uids.filter((uid) => !signed.has(uid)),
      [],
    );
  }

  /** Makes requests that wait for their issuer, then the issuer; resolves when the leader is amid them. */
  async function amid(name: string, requests: number): Promise<readonly ObjectKey[]> {
    const earlier = signingsOf(leader.process).length;
    const keys = await requestMaker(world.admin, namespace, { name })(name, requests);
    await applyIssuer(world.admin, { name }, { authSecretRef: { name: 'shared-ca' } });
    await untilLogged(leader.process, isSigning, earlier + 20);
    return keys;
  }

  /** The standby becomes the leader; another takes its place. */
  async function promote(cluster?: Readonly<Record<string, unknown>>): Promise<void> {
    leader = standby;
    standby = await startReplica(cluster);
  }

  before(async () => {
    world = await openWorld();
    await world.plane.stopCertManager();
    await createNamespace(world.admin, namespace);
    const secret = { namespace: controllerNamespace, name: 'shared-ca' };
    await applyCaSecret(world.admin, secret, makeCa('Shared CA'));
    await applyIssuer(world.admin, issuer, { authSecretRef: { name: secret.name } });
    observer = await observe(world.admin, certificateRequests);
    world.onClose(observer.close);
    make = requestMaker(world.admin, namespace, issuer);
    leader = await startReplica();
    await leads(leader);
    standby = await startReplica();
  });
  after(async () => await world.close(suiteEnd()));

  test('have one leader, which issues; both are ready and say what they are', async () => {
    await issues(leader, 'both');
    for (const [{ process }, role, leading] of [
      [leader, 'leader', 1],
      [standby, 'standby', 0],
    ] as const) {
      for (const path of ['/readyz', '/healthz']) {
        const response = await fetch(`${process.healthUrl}${path}`);
        assert.deepEqual([response.status, await response.text()], [200, `ok (${role})\n`]);
      }
      assert.equal((await scrape(process.metricsUrl)).sum('external_issuer_leader'), leading);
    }
    assert.match((await lease()).holderIdentity ?? '', /^replica-1_[0-9a-f]+$/);
    assert.deepEqual(signingsOf(standby.process), []);
    const writes = (await standby.calls()).filter(isWrite);
    assert.deepEqual(writes, [], 'a standby only looks');
  });

  test('a leader told to end amid requests finishes those it has begun, gives the Lease back, and the standby goes on', async (t) => {
    const keys = await amid('handed', 150);
    const began = performance.now();
    const code = await leader.process.end('SIGTERM');
    const drained = performance.now() - began;
    assert.equal(code, 0);
    assert.ok(drained < 10_000, `the end took ${drained} ms`);
    assert.ok(leader.process.logs.some(({ msg }) => msg === 'gave the leader Lease back'));
    assert.equal(leader.process.logs.at(-1)?.msg, 'stopped');
    await leads(standby);
    t.diagnostic(
      `drained in ${Math.round(drained)} ms; the standby led ${Math.round(performance.now() - began)} ms after the signal`,
    );
    const uids = await untilIssued(observer, keys);
    assertIssuedOnce(observer, keys);
    const [first, then] = [signingsOf(leader.process), signingsOf(standby.process)];
    const signed = [...first.filter((uid) => uids.includes(uid)), ...then];
    assert.ok(then.length > 0, 'the first leader had finished all, so it was not amid them');
    assert.deepEqual(signed.toSorted(), uids.toSorted(), 'every request was signed once, by one of the two');
    const { holderIdentity, leaseTransitions } = await lease();
    assert.match(holderIdentity ?? '', /^replica-2_/);
    assert.ok((leaseTransitions ?? 0) >= 1);
    await promote();
  });

  test('a leader that freezes amid requests is replaced, and when it wakes up it ends and changes nothing', async (t) => {
    const keys = await amid('frozen', 100);
    process.kill(leader.process.pid, 'SIGSTOP');
    const frozenAt = performance.now();
    await leads(standby, takeoverMs);
    t.diagnostic(`the standby led ${Math.round(performance.now() - frozenAt)} ms after the leader froze`);
    await untilIssued(observer, keys);
    assert.ok(signingsOf(standby.process).length > 0, 'the frozen leader had finished all, so it was not amid them');
    const wokenAt = Date.now();
    process.kill(leader.process.pid, 'SIGCONT');
    assert.equal(await leader.process.ended, 1);
    assert.match(JSON.stringify(leader.process.logs.at(-1)), /the leader Lease .* could not be kept; this process must end/);
    assertIssuedOnce(observer, keys);
    // What it had handed to a connection may still be sent, and is refused; events need no leader.
    const late = (await leader.calls()).filter((call) => call.at >= wokenAt && isWrite(call) && call.resource !== 'events');
    const words = late.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`).join(', ');
    assert.ok(late.length <= 4 && late.every(({ code }) => code >= 400), `writes after it woke up: ${words}`);
    await promote();
  });

  test('a killed leader is replaced once its Lease has run out', async (t) => {
    const killedAt = performance.now();
    assert.equal(await leader.process.end('SIGKILL'), null);
    const keys = await make('orphaned', 5);
    await leads(standby, takeoverMs);
    t.diagnostic(`the standby led ${Math.round(performance.now() - killedAt)} ms after the kill`);
    await untilIssued(observer, keys);
    leader = standby;
  });

  test('a standby that is told to end does so, and leaves the leader its Lease', async () => {
    const { holderIdentity } = await lease();
    standby = await startReplica();
    assert.equal(await standby.process.end(), 0);
    assert.equal((await lease()).holderIdentity, holderIdentity);
  });

  describe('one of them behind a network that fails', () => {
    let proxy: TcpProxy;
    before(async () => {
      proxy = await startTcpProxy(apiServerPort(world.plane));
      standby = await startReplica({ server: `https://${proxy.address}` });
      assert.equal(await leader.process.end(), 0);
      await leads(standby);
      await promote();
    });
    after(async () => {
      await standby.process.end();
      await proxy.close();
    });

    test('a leader that cannot renew ends before another leads, and says why', async (t) => {
      const keys = await make('cut-off', 5);
      await untilIssued(observer, keys);
      const heldAt = performance.now();
      proxy.hold();
      assert.equal(await leader.process.ended, 1);
      const ended = performance.now() - heldAt;
      assert.ok(ended < leaseMs, `it ended after ${ended} ms, when another could lead`);
      assert.equal(
        standby.process.logs.some(({ msg }) => msg === 'leading'),
        false,
      );
      assert.match(JSON.stringify(leader.process.logs), /the leader Lease cannot be taken or renewed/);
      assert.match(JSON.stringify(leader.process.logs.at(-1)), /the leader Lease .* could not be kept; this process must end/);
      t.diagnostic(`it ended ${Math.round(ended)} ms after the network failed`);
    });
  });

  test('a controller without an election leads at once, and touches no Lease', async () => {
    const identity = await createIdentity(world.plane, 'alone');
    const process = await world.startController({ args: ['--log-level=debug', `--kubeconfig=${identity.kubeconfig}`] });
    const alone = { ...identity, process };
    await issues(alone, 'alone');
    assert.equal(await (await fetch(`${process.healthUrl}/readyz`)).text(), 'ok (leader)\n');
    assert.equal(await process.end(), 0);
    assert.deepEqual(
      (await identity.calls()).filter(({ resource }) => resource === 'leases'),
      [],
    );
  });

  test('nothing was forbidden to any of these replicas', async () => {
    assert.deepEqual(await world.forbidden(), []);
  });
});
