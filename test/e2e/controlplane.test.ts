import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isAllowed } from '../controlplane/access.ts';
import { forbiddenCalls } from '../controlplane/audit.ts';
import { startControlPlane } from '../controlplane/controlplane.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { partNames } from '../controlplane/parts.ts';
import type { ControlPlane } from '../controlplane/types.ts';
import { stopPlane } from './support/failure-report.ts';
import { createMachineMeter } from './support/machine.ts';
import { watchSuite, withoutParts } from './support/suite.ts';

const certificate = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: waiting, namespace: default }
spec:
  secretName: waiting
  dnsNames: [waiting.example.com]
  issuerRef: { group: nobody.example.com, kind: Issuer, name: nobody }
`;
const certManager = 'system:serviceaccount:cert-manager:cert-manager';
const startLimitMs = 15_000;

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await check())) {
    assert.ok(performance.now() < deadline, `not within 30 s: ${what}`);
    await delay(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the control plane', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  const machine = createMachineMeter();
  let plane: ControlPlane;
  before(async () => {
    await machine.look();
    plane = await startControlPlane({ auditLog: true, verbose: true });
    await machine.look();
  });
  after(async () => await stopPlane(plane, suiteEnd()));

  const kubectl = async (...args: string[]) => await mustKubectl(plane.kubectl, args);
  const requestUids = async () => await kubectl('get', 'certificaterequests', '--output=jsonpath={.items[*].metadata.uid}');

  test('starts in under 15 s, on a busy machine by as much longer as that is slower', (t) => {
    const total = plane.timings['total'] ?? Number.NaN;
    const limit = startLimitMs * machine.factor();
    t.diagnostic(`started in ${total} ms: ${JSON.stringify(plane.timings)}; machine factor ${machine.factor().toFixed(2)}`);
    assert.ok(total < limit, `the start took ${total} ms, with a limit of ${Math.round(limit)} ms`);
  });

  test('has a kubectl of the version of its API server', async () => {
    const versions = await kubectl('version');
    const [client, server] = [/Client Version: (\S+)/.exec(versions)?.[1], /Server Version: (\S+)/.exec(versions)?.[1]];
    assert.match(client ?? '', /^v1\.\d+\.\d+$/);
    assert.equal(client, server);
    assert.match(await kubectl('explain', 'certificate.spec.secretName'), /FIELD: secretName <string>/);
  });

  test('turns a Certificate of an unknown issuer into a CertificateRequest that waits', async () => {
    await mustKubectl(plane.kubectl, ['apply', '--filename=-'], certificate);
    await eventually('cert-manager makes a CertificateRequest', async () => (await requestUids()) !== '').catch(
      async (error: unknown) => {
        throw new Error(`cert-manager's log ends:\n${await plane.logsTail('cert-manager')}`, { cause: error });
      },
    );
    const groups = await kubectl('get', 'certificaterequests', '--output=jsonpath={.items[*].spec.issuerRef.group}');
    assert.equal(groups, 'nobody.example.com');
  });

  test('gives a service account a kubeconfig of its own, with that account’s rights and no more', async () => {
    const kubeconfig = await plane.serviceAccountKubeconfig('cert-manager', 'cert-manager');
    assert.match(await kubectl(`--kubeconfig=${kubeconfig}`, 'auth', 'whoami'), new RegExp(certManager));
    await assert.rejects(kubectl(`--kubeconfig=${kubeconfig}`, 'get', 'nodes'), /Forbidden/);
    await eventually('the audit log shows the refusal', async () => {
      return (await forbiddenCalls(plane.auditLogPath ?? '', certManager)).includes('list /api/v1/nodes?limit=500');
    });
  });

  test('gives cert-manager every right it uses, and not that of approving for other issuers', async () => {
    // The nodes were asked for by the test before; the probe has no right in any cluster and does without an answer.
    const expected = new Set(['list /api/v1/nodes?limit=500', 'head /livez/ping']);
    const calls = await forbiddenCalls(plane.auditLogPath ?? '', certManager);
    assert.deepEqual(
      calls.filter((call) => !expected.has(call)),
      [],
    );
    const account = { namespace: 'cert-manager', name: 'cert-manager' };
    const approve = { account, verb: 'approve', group: 'cert-manager.io', resource: 'signers' };
    assert.equal(await isAllowed(plane.kubectl, { ...approve, name: 'issuers.cert-manager.io/*' }), true);
    assert.equal(await isAllowed(plane.kubectl, { ...approve, name: 'externalissuers.external-issuer.io/*' }), false);
  });

  test('works on after its API server was killed and cert-manager stopped, once both are started again', async () => {
    await plane.stopCertManager();
    await plane.stopPart('kube-apiserver', 'kill');
    assert.deepEqual([...plane.pids().keys()], ['etcd', 'kube-controller-manager']);
    await plane.startPart('kube-apiserver');
    const old = await requestUids();
    await kubectl('delete', 'certificaterequests', '--all');
    await plane.startCertManager();
    await eventually('cert-manager makes another CertificateRequest', async () => {
      const now = await requestUids();
      return now !== '' && now !== old;
    });
  });

  test('leaves no process and no file when it is stopped', async () => {
    const pids = plane.pids();
    assert.deepEqual([...pids.keys()], [...partNames]);
    await plane.stop();
    assert.deepEqual(
      [...pids].filter(([, pid]) => isAlive(pid)),
      [],
    );
    assert.equal(existsSync(plane.dir), false);
  });
});
