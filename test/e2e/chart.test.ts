import assert from 'node:assert/strict';
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { controllerNamespace, controllerServiceAccount } from '../../src/api/group.ts';
import { at, objectsIn, type Rendered } from '../conformance/chart/support/helm.ts';
import { openChartLab, releaseName, type ChartLab } from './support/chart-lab.ts';
import { startControllerProcess } from './support/controller-process.ts';
import { runCommand } from './support/mockca-process.ts';
import { makeCa } from './support/objects.ts';
import { watchSuite, withoutParts } from './support/suite.ts';

type Values = Readonly<Record<string, unknown>>;

/** One finding of doctor. */
interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly what: string;
}

const everythingFile = new URL('../conformance/chart/values/everything.yaml', import.meta.url);
const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const least: Values = { image: { repository: 'registry.example.com/external-issuer' } };
const refsNamespace = 'pki-secrets';
const issuer = `apiVersion: external-issuer.io/v1alpha1
kind: ExternalClusterIssuer
metadata: { name: company-ca }
spec: { signerType: secretca, authSecretRef: { name: company-ca } }
`;
const certificate = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: web, namespace: default }
spec:
  secretName: web-tls
  dnsNames: [web.example.com]
  issuerRef: { group: external-issuer.io, kind: ExternalClusterIssuer, name: company-ca }
`;

describe('the chart on a real API server', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  let lab: ChartLab;
  let everything: Values;
  let uids: readonly string[];
  let installed: readonly Rendered[];
  let hooks: readonly Rendered[];

  /** What the API server says of pods, which it does not keep. */
  async function tryPods(pods: readonly Values[]): Promise<{ readonly code: number | null; readonly stderr: string }> {
    return await lab.plane.kubectl(['create', '--dry-run=server', '--filename=-'], JSON.stringify(listOf(pods)));
  }

  /** As docs/installation.md says: what cannot be changed in place goes first, and the other approver. */
  async function makeWay(): Promise<void> {
    const names = ['external-issuer-controller', 'external-issuer-approver'];
    await lab.kubectl(['delete', 'deployment', ...names, `--namespace=${controllerNamespace}`, '--ignore-not-found']);
    await lab.kubectl(['delete', 'clusterrolebinding,clusterrole', 'cert-manager-controller-approve:external-issuer-io']);
  }

  before(async () => {
    everything = parse(await readFile(everythingFile, 'utf8')) as Values;
    lab = await openChartLab([refsNamespace, 'pki-shared', 'team-a', 'team-b']);
    await lab.applyBefore();
    await lab.kubectl(['wait', '--for=condition=Established', '--all', 'customresourcedefinitions']);
    await lab.kubectl(['apply', '--server-side', '--filename=-'], issuer);
    uids = await lab.uids();
    assert.equal(uids.length, 3, uids.join('\n'));
  });
  after(async () => await lab.close(suiteEnd()));

  test('takes over the manifests from before it with Helm 3, and no issuer is lost; uninstalled, it leaves them', async () => {
    await makeWay();
    await lab.deploy(3, 'install', { ...least, approver: { type: 'built-in' } }, '--take-ownership');
    assert.deepEqual(await lab.uids(), uids);
    const crd = await lab.kubectl(['get', 'crd', 'externalissuers.external-issuer.io', '--output=yaml']);
    assert.doesNotMatch(crd, /In those days/, 'the CRDs are those of the chart');
    await lab.helm(3, 'uninstall', releaseName);
    assert.deepEqual(await lab.uids(), uids);
    const kinds = 'deployments,poddisruptionbudgets,services';
    assert.equal(await lab.kubectl(['get', kinds, `--namespace=${controllerNamespace}`, '-o=name']), '');
  });

  test('takes them over with Helm 4 and everything switched on, and says what comes next', async () => {
    await lab.applyBefore();
    await makeWay();
    const said = await lab.deploy(4, 'install', everything, '--take-ownership', '--force-conflicts');
    assert.match(said, /helm test external-issuer --namespace external-issuer-system/);
    assert.match(said, /WARNING: the mock CA server runs/);
    assert.deepEqual(await lab.uids(), uids);
    installed = objectsIn(await lab.helm(4, 'get', 'manifest', releaseName));
    hooks = objectsIn(await lab.helm(4, 'get', 'hooks', releaseName));
    const kinds = new Set(installed.map(({ kind }) => kind));
    for (const kind of ['NetworkPolicy', 'ServiceMonitor', 'PrometheusRule', 'ConfigMap', 'PodDisruptionBudget']) {
      assert.ok(kinds.has(kind), kind);
    }
  });

  test('makes pods that the restricted Pod Security Standard takes, which refuses others there', async () => {
    await lab.kubectl(
      ['apply', '--server-side', '--filename=-'],
      JSON.stringify(listOf(hooks.filter(({ kind }) => kind !== 'Pod'))),
    );
    const pods = [...installed, ...hooks].flatMap((object) => {
      const template = object.kind === 'Pod' ? object : (at(object, 'spec.template') as Rendered | undefined);
      const { name } = object.metadata;
      const metadata = { ...template?.metadata, name, namespace: controllerNamespace };
      return template === undefined ? [] : [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: template['spec'] }];
    });
    assert.equal(pods.length, 4, 'controller, approver, mock CA server and test');
    const { code, stderr } = await tryPods(pods);
    assert.equal(code, 0, stderr);
    const refused = await tryPods(pods.map((pod) => ({ ...pod, spec: { ...(pod.spec as Values), securityContext: {} } })));
    assert.equal(refused.stderr.match(/violates PodSecurity "restricted:latest"/g)?.length, pods.length, refused.stderr);
  });

  test('gives the controller, started with its flags, the rights to have a Certificate issued', async () => {
    const ca = makeCa('Company CA');
    const data = Object.entries({ 'tls.crt': ca.certificate, 'tls.key': ca.key });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: 'company-ca', namespace: refsNamespace },
      data: Object.fromEntries(data.map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
    };
    await lab.kubectl(['apply', '--server-side', '--filename=-'], JSON.stringify(secret));
    const deployment = installed.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('-controller'));
    const [, ...args] = at(deployment, 'spec.template.spec.containers.0.args') as readonly string[];
    const controller = await startControllerProcess({
      kubeconfig: await lab.plane.serviceAccountKubeconfig(controllerNamespace, controllerServiceAccount),
      args: args.filter((arg) => !/^--(?:metrics|health-probe|status)-/.test(arg)),
      env: { POD_NAME: 'controller-0' },
    });
    try {
      await lab.kubectl(['apply', '--server-side', '--filename=-'], certificate);
      await lab.kubectl(['wait', '--for=condition=Ready', 'certificate/web', '--timeout=30s']);
      const errors = (await doctor()).filter(({ severity }) => severity === 'error').map(({ code }) => code);
      // Nothing runs pods here; all else is as it must be.
      assert.deepEqual(errors.toSorted(), ['ApproverDown', 'ControllerDown']);
    } finally {
      await controller.end();
    }
  });

  /** Runs what "helm test" does, as its ServiceAccount. */
  async function doctor(): Promise<readonly Finding[]> {
    const pod = hooks.find(({ kind }) => kind === 'Pod');
    const args = at(pod, 'spec.containers.0.args') as readonly string[];
    const kubeconfig = await lab.plane.serviceAccountKubeconfig(controllerNamespace, 'external-issuer-test');
    const { stdout, stderr } = await runCommand([...args, '--output=json'], { env: { KUBECONFIG: kubeconfig } });
    assert.ok(stdout !== '', stderr);
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
    const notSeen = findings.filter(({ code }) => code === 'NotSeen').map(({ what }) => what);
    assert.ok(notSeen.length > 0 && notSeen.every((what) => /you may not see it \(get secrets in/.test(what)), notSeen.join());
    return findings;
  }

  test('is upgraded, rolled back and uninstalled without losing an issuer', async () => {
    const replicas = async (): Promise<string> =>
      await lab.kubectl([
        'get',
        'deployment',
        'external-issuer-controller',
        `--namespace=${controllerNamespace}`,
        '-o=jsonpath={.spec.replicas}',
      ]);
    await lab.deploy(4, 'upgrade', { ...everything, replicas: 4, approver: { type: 'cert-manager' } });
    assert.equal(await replicas(), '4');
    await lab.helm(4, 'rollback', releaseName, '1');
    assert.equal(await replicas(), '3');
    assert.deepEqual(await lab.uids(), uids);
    await lab.helm(4, 'uninstall', releaseName);
    assert.deepEqual(await lab.uids(), uids);
  });

  test('is also a base of kustomize, whose image an overlay sets', async () => {
    const overlay = join(lab.plane.dir, 'overlay');
    await mkdir(overlay);
    const images = [{ name: 'REGISTRY/external-issuer', newName: 'registry.example.com/pki', newTag: 'v1' }];
    await writeFile(join(overlay, 'kustomization.yaml'), JSON.stringify({ resources: [relative(overlay, deploy)], images }));
    const built = objectsIn(await lab.kubectl(['kustomize', overlay, '--load-restrictor=LoadRestrictionsNone']));
    const deployment = built.find(({ kind }) => kind === 'Deployment');
    assert.equal(at(deployment, 'spec.template.spec.containers.0.image'), 'registry.example.com/pki:v1');
    await lab.kubectl(['apply', '--server-side', `--kustomize=${overlay}`]);
    await lab.kubectl(['apply', '--server-side', `--filename=${join(deploy, 'approver.yaml')}`]);
    assert.deepEqual(await lab.uids(), uids);
  });
});

function listOf(items: readonly unknown[]): Values {
  return { apiVersion: 'v1', kind: 'List', items };
}
