import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../controlplane/environment.ts';
import { run } from '../controlplane/run.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { watchSuite } from '../e2e/support/suite.ts';
import { helmProgram } from '../tools/helm.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { importImage } from './image.ts';
import { withPortForward } from './port-forward.ts';

const namespace = 'external-issuer-system';
const quickStart = fileURLToPath(new URL('../../scripts/quick-start.sh', import.meta.url));
const selector = 'app.kubernetes.io/component=controller';

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly volumes: readonly { readonly projected?: { readonly sources: readonly object[] } }[] };
  readonly status: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly containerID: string;
    }[];
  };
}

/** The name that containerd has for the only container of a pod. */
function containerOf({ status }: Pod): string {
  return (status.containerStatuses?.[0]?.containerID ?? '').replace('containerd://', '');
}

describe('the chart on a real node', () => {
  const end = watchSuite();
  let cluster: Cluster;
  let quickStartSaid: string;
  let helm: (...args: readonly string[]) => Promise<string>;

  before(async () => {
    cluster = await startCluster();
    const command = await helmProgram(4, readEnvironment(), process.stderr);
    const env = { PATH: process.env['PATH'], HOME: cluster.plane.dir, KUBECONFIG: cluster.plane.kubeconfigPath };
    helm = async (...args) => {
      const { code, stdout, stderr } = await run(command, [...args, `--namespace=${namespace}`], { env });
      assert.equal(code, 0, `helm ${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const { repository, tag } = await importImage(cluster.containerd);
    await cluster.kubectl('create', 'namespace', namespace);
    await cluster.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    const path = [dirname(command), dirname(cluster.plane.kubectlCommand), process.env['PATH']].join(':');
    const started = await run(quickStart, ['--image', `${repository}:${tag}`], {
      env: { ...env, PATH: path },
      timeoutMs: 300_000,
    });
    assert.equal(started.code, 0, started.stdout + started.stderr);
    quickStartSaid = started.stdout;
  });

  after(async () => await cluster?.stop(end()));

  async function readyPods(): Promise<readonly Pod[]> {
    const { items } = JSON.parse(
      await cluster.kubectl('get', 'pods', `--namespace=${namespace}`, `--selector=${selector}`, '--output=json'),
    ) as { items: readonly Pod[] };
    return items.filter(({ status }) => status.containerStatuses?.every(({ ready }) => ready));
  }

  async function twoReady(): Promise<readonly Pod[]> {
    return await eventually(
      'two replicas are Ready',
      async () => {
        const pods = await readyPods();
        return pods.length === 2 && pods;
      },
      60_000,
    );
  }

  /** Who has the Lease: a pod and, behind it, which of its processes, since a container that is started again is another one. */
  async function holder(): Promise<string> {
    const lease = ['lease', 'external-issuer.io', `--namespace=${namespace}`];
    return await cluster.kubectl('get', ...lease, '--output=jsonpath={.spec.holderIdentity}');
  }

  async function leader(): Promise<string> {
    const identity = await holder();
    return identity.slice(0, identity.lastIndexOf('_'));
  }

  async function issue(name: string): Promise<void> {
    const yaml = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: ${name}, namespace: default }
spec:
  secretName: ${name}
  dnsNames: [${name}.example.com]
  issuerRef: { group: external-issuer.io, kind: ExternalClusterIssuer, name: mockca-cluster-issuer }
`;
    const applied = await cluster.plane.kubectl(['apply', '--filename=-'], yaml);
    assert.equal(applied.code, 0, applied.stderr);
    await cluster.kubectl('wait', '--for=condition=Ready', `certificate/${name}`, '--timeout=60s');
  }

  test('is installed by quick-start.sh, which shows a certificate in the end', () => {
    assert.match(quickStartSaid, /DNS:example\.internal/);
  });

  test('runs two replicas that become Ready without a restart', async () => {
    const pods = await twoReady();
    for (const { status } of pods)
      assert.deepEqual(
        status.containerStatuses?.map(({ restartCount }) => restartCount),
        [0],
      );
  });

  test('gives each a token that ends, projected into it', async () => {
    for (const { spec } of await twoReady()) {
      const sources = spec.volumes.flatMap(({ projected }) => projected?.sources ?? []);
      assert.ok(
        sources.some((source) => 'serviceAccountToken' in source),
        JSON.stringify(sources),
      );
    }
  });

  test('elects one of them, which has a Certificate issued', async () => {
    const names = (await twoReady()).map(({ metadata }) => metadata.name);
    await eventually('one of them leads', async () => names.includes(await leader()));
    await issue('first');
  });

  test('passes its own helm test', async () => {
    assert.match(await helm('test', 'external-issuer', '--timeout=60s'), /Succeeded/);
  });

  test('shows its status page through kubectl port-forward, and on no address of the pod', async () => {
    const leads = await leader();
    for (const { metadata, status } of await twoReady()) {
      const text = await withPortForward(cluster.plane, { namespace, pod: metadata.name, port: 8082 }, async (address) => {
        const answer = await fetch(address);
        assert.equal(answer.status, 200);
        return await answer.text();
      });
      assert.equal(text.includes('mockca-cluster-issuer'), metadata.name === leads, 'the leader knows the issuers');
      assert.ok(text.includes(leads), 'both say who leads');
      await assert.rejects(fetch(`http://${status.podIP}:8082/`), 'nobody else in the cluster reaches it');
      assert.equal((await fetch(`http://${status.podIP}:8081/readyz`)).status, 200, 'though the pod can be reached');
    }
  });

  test('has another process lead, and the lost one back, when the process of the leader is killed', async () => {
    const [killed, name] = [await holder(), await leader()];
    const lost = (await twoReady()).find(({ metadata }) => metadata.name === name);
    assert.ok(lost !== undefined);
    await cluster.containerd.ctr('tasks', 'kill', '--signal=SIGKILL', containerOf(lost));
    // The pod may well be the same: its container is back before the Lease of the killed process has run out.
    await eventually('another leads', async () => (await holder()) !== killed, 60_000);
    await issue('second');
    const again = (await twoReady()).find(({ metadata }) => metadata.uid === lost.metadata.uid);
    assert.equal(again?.status.containerStatuses?.[0]?.restartCount, 1);
  });

  test('has another one lead at once, and a new pod in its place, when the pod of the leader is deleted', async () => {
    const lost = await leader();
    await cluster.kubectl('delete', 'pod', lost, `--namespace=${namespace}`);
    await eventually('another leads', async () => (await leader()) !== lost, 10_000);
    await issue('third');
    const names = (await twoReady()).map(({ metadata }) => metadata.name);
    assert.ok(!names.includes(lost), `${lost} was replaced`);
    assert.ok(names.includes(await leader()));
  });

  test('lets a drain take one replica, and the other only when the first is back', async () => {
    const [one, other] = (await twoReady()).map(({ metadata }) => metadata.name);
    assert.ok(one !== undefined && other !== undefined);
    const evict = async (name: string): Promise<string> => {
      const eviction = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } });
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
      return (await cluster.plane.kubectl(['create', '--raw', path, '--filename=-'], eviction)).stderr;
    };
    assert.equal(await evict(one), '');
    assert.match(await evict(other), /disruption budget/);
    await eventually('the other may go', async () => (await evict(other)) === '', 60_000);
    await twoReady();
    await issue('fourth');
  });
});
