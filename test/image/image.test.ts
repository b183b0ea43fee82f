import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { watchSuite } from '../e2e/support/suite.ts';
import { namespace, openImageLab, type ImageLab } from './lab.ts';
import { readinessOf, type PodSpec } from './pod-spec.ts';
import { programsBelow } from './programs-below.ts';
import type { RunningPod } from './runtime.ts';

const node = '/usr/local/bin/node';

describe('the image in containerd, as the chart runs it', () => {
  const end = watchSuite();
  let lab: ImageLab;
  let controller: RunningPod;
  let spec: PodSpec;

  before(async () => {
    lab = await openImageLab();
    spec = lab.chart.podOf('Deployment', 'external-issuer-controller');
    controller = await lab.run('controller', spec);
  });

  after(async () => await lab?.stop(end()));

  async function ready(pod: RunningPod, { port, path }: { readonly port: number; readonly path: string }): Promise<void> {
    await eventually(`${path} answers 200`, async () => {
      const answer = await fetch(`http://${pod.ip}:${port}${path}`);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
      return true;
    }).catch(async (error: unknown) => {
      throw new Error(`not ready; it wrote:\n${await pod.output()}`, { cause: error });
    });
  }

  async function statusOf(pod: RunningPod): Promise<ReadonlyMap<string, string>> {
    const text = await readFile(`/proc/${pod.pid}/status`, 'utf8');
    return new Map(text.split('\n').map((line) => [line.split(':')[0] ?? '', line.replace(/^\w+:\s*/, '')]));
  }

  test('becomes ready', async () => await ready(controller, readinessOf(spec)));

  test('has a Certificate issued', async () => {
    await lab.apply(`apiVersion: external-issuer.io/v1alpha1
kind: ExternalClusterIssuer
metadata: { name: image }
spec: { signerType: mockca }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: image, namespace: default }
spec:
  secretName: image
  dnsNames: [image.example.com]
  issuerRef: { group: external-issuer.io, kind: ExternalClusterIssuer, name: image }
`);
    await mustKubectl(lab.plane.kubectl, ['wait', '--for=condition=Ready', 'certificate/image', '--timeout=60s']);
    const secret = await mustKubectl(lab.plane.kubectl, ['get', 'secret', 'image', '--output=jsonpath={.data.tls\\.crt}']);
    assert.match(Buffer.from(secret, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
  });

  test('runs without rights: another user than root, no capabilities, no way to new ones, calls filtered', async () => {
    const status = await statusOf(controller);
    assert.match(status.get('Uid') ?? '', /^65532\t65532\t65532\t65532$/);
    assert.match(status.get('Gid') ?? '', /^65532\t65532\t65532\t65532$/);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status.get(set) ?? '', /^0{16}$/, set);
    assert.equal(status.get('NoNewPrivs'), '1');
    assert.equal(status.get('Seccomp'), '2', 'a filter');
  });

  test('can write nowhere in its image', async () => {
    for (const path of ['/x', '/app/x', '/etc/passwd', '/usr/local/bin/node', '/tmp/x']) {
      const { code, output } = await controller.exec(node, '-e', `require('node:fs').writeFileSync('${path}', '')`);
      assert.notEqual(code, 0, path);
      assert.match(output, /EROFS|EACCES|ENOENT/, path);
    }
    const { output } = await controller.exec(
      node,
      '-p',
      `require('node:fs').readFileSync('/proc/mounts', 'utf8').split('\\n')[0]`,
    );
    assert.match(output, / \/ overlay ro,/);
  });

  test('has no shell, and no program but node and what it runs', async () => {
    for (const shell of ['/bin/sh', '/bin/bash', '/usr/bin/sh', '/busybox/sh']) {
      await assert.rejects(async () => await controller.exec(shell, '-c', 'true'), /no such file or directory/, shell);
    }
    const programs = ['app/external-issuer.mjs', 'usr/local/bin/node'];
    assert.deepEqual(await programsBelow(`/proc/${controller.pid}/root`), programs);
  });

  test('needs less memory at rest than the chart asks for', async (context) => {
    const bytes = await controller.workingSet();
    const resident = Number.parseInt((await statusOf(controller)).get('VmRSS') ?? '', 10) * 1024;
    context.diagnostic(`working set ${Math.round(bytes / 1e6)} MB, resident ${Math.round(resident / 1e6)} MB`);
    assert.ok(bytes < 96 * 1024 * 1024, `${bytes} bytes`);
  });

  test('runs the server of the mock CA', async () => {
    const mockca = lab.chart.podOf('Deployment', 'external-issuer-mockca');
    await ready(await lab.run('mockca', mockca), readinessOf(mockca));
  });

  test('runs doctor, as "helm test" does', async () => {
    // No kubelet says that the controller's pod is there: so the test does, which has seen it become ready.
    const status = JSON.stringify({ status: { replicas: 2, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2 } });
    const deployment = ['deployment', 'external-issuer-controller', `--namespace=${namespace}`];
    await mustKubectl(lab.plane.kubectl, ['patch', ...deployment, '--subresource=status', '--type=merge', `--patch=${status}`]);
    const doctor = await lab.run('doctor', lab.chart.podOf('Pod', 'external-issuer-test'));
    const code = await doctor.exitCode();
    assert.equal(code, 0, await doctor.output());
  });

  test('ends by itself when it is told to, in less time than it is given', async () => {
    const started = performance.now();
    process.kill(controller.pid, 'SIGTERM');
    assert.equal(await controller.exitCode(), 0, await controller.output());
    assert.ok(performance.now() - started < 10_000);
  });
});
