import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { approverServiceAccount, controllerNamespace } from '../../src/api/group.ts';
import { defaultRbacOptions } from '../../src/api/rbac-rules.ts';
import { rbacYaml } from '../../src/api/rbac.ts';
import { certificateRequests, externalClusterIssuers } from '../../src/api/resources.ts';
import { CodedError } from '../../src/lib/errors.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { run } from '../controlplane/run.ts';
import { filledIn, readDashboard } from '../conformance/monitoring/dashboard-queries.ts';
import { alertsFile, prometheusPrograms, type PrometheusPrograms } from '../tools/prometheus.ts';
import { requestMaker, untilIssued } from './support/backlog.ts';
import type { ControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { applyIssuer, createNamespace } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { startPrometheus, type ActiveAlert, type Prometheus } from './support/prometheus.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'monitoring';
const works = { name: 'works' };
const broken = { name: 'broken' };

async function findPrograms(): Promise<PrometheusPrograms | string> {
  try {
    return await prometheusPrograms(readEnvironment(), process.stderr);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'PackageToolsMissing') return error.message;
    throw error;
  }
}

const programs = await findPrograms();
const skip = withoutParts || (typeof programs === 'string' ? programs : false);

describe('a Prometheus that scrapes a controller over TLS', { skip }, () => {
  const { prometheus: program, promtool } = programs as PrometheusPrograms;
  const suiteEnd = watchSuite();
  let world: World;
  let controller: ControllerProcess;
  let observer: Observer<CertificateRequest>;
  let prometheus: Prometheus;
  let token: string;
  let address: string;

  before(async () => {
    world = await openWorld();
    await world.plane.stopCertManager();
    await world.apply(rbacYaml({ ...defaultRbacOptions, approver: 'built-in', metricsSecure: true }));
    await createNamespace(world.admin, namespace);
    const kubectl = async (...args: readonly string[]): Promise<string> => await mustKubectl(world.plane.kubectl, args);
    for (const name of ['prometheus', 'stranger']) await kubectl('create', 'serviceaccount', name, `--namespace=${namespace}`);
    const role = ['clusterrolebinding', 'prometheus-external-issuer', '--clusterrole=external-issuer-metrics-reader'];
    await kubectl('create', ...role, `--serviceaccount=${namespace}:prometheus`);
    const tokenOf = async (name: string): Promise<string> => {
      const made = (await kubectl('create', 'token', name, `--namespace=${namespace}`)).trim();
      await writeFile(join(world.plane.dir, `${name}.token`), made);
      return made;
    };
    [token] = await Promise.all([tokenOf('prometheus'), tokenOf('stranger')]);
    observer = await observe(world.admin, certificateRequests);
    world.onClose(observer.close);
    await Promise.all([
      applyIssuer(world.admin, works),
      applyIssuer(world.admin, broken, { authSecretRef: { name: 'no-such-secret' } }),
    ]);
    controller = await world.startController({ args: ['--metrics-secure', '--log-level=debug'] });
    address = new URL(controller.metricsUrl).host;
    const job = (job_name: string, owner?: string): object => ({
      job_name,
      scheme: 'https',
      tls_config: { insecure_skip_verify: true },
      static_configs: [{ targets: [address], labels: { namespace: controllerNamespace } }],
      ...(owner === undefined ? {} : { authorization: { credentials_file: join(world.plane.dir, `${owner}.token`) } }),
    });
    const rules = (await readFile(alertsFile, 'utf8')).replaceAll(/^( +for:) \w+$/gm, '$1 1s');
    const jobs = [job('allowed', 'prometheus'), job('stranger', 'stranger'), job('nobody')];
    prometheus = await startPrometheus(program, jobs, rules);
    world.onClose(async () => await prometheus.stop());
  });
  after(async () => await world.close(suiteEnd()));

  /** What is answered to a scrape with the token of Prometheus. */
  async function get(host: string): Promise<readonly [number, string]> {
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const headers = { authorization: `Bearer ${token}` };
    const { statusCode, body } = await dispatcher.request({
      origin: `https://${host}`,
      path: '/metrics',
      method: 'GET',
      headers,
    });
    const text = await body.text();
    await dispatcher.close();
    return [statusCode, text];
  }

  const alertsNamed = async (name: string): Promise<readonly ActiveAlert[]> =>
    (await prometheus.alerts()).filter(({ labels }) => labels['alertname'] === name);
  const isFiring = ({ state }: ActiveAlert): boolean => state === 'firing';

  test('is let in with a token that may, and refused without the right or a token', async () => {
    const found = await eventually('all targets were scraped', async () => {
      const targets = await prometheus.targets();
      const ended = targets.filter(({ health }) => health !== 'unknown');
      return ended.length === 3 && targets.find(({ scrapePool }) => scrapePool === 'allowed')?.health === 'up' && ended;
    });
    const said = Object.fromEntries(found.map(({ scrapePool, lastError }) => [scrapePool, lastError]));
    assert.equal(said['allowed'], '');
    assert.match(said['stranger'] ?? '', /HTTP status 403/);
    assert.match(said['nobody'] ?? '', /HTTP status 401/);
  });

  test('sees each certificate, under the name of its issuer', async () => {
    const selector = 'external_issuer_requests_total{outcome="issued", issuer_name="works", kind="CertificateRequest"}';
    await eventually('the counter begins at 0', async () => (await prometheus.query(selector))[0]?.value === 0);
    const keys = await requestMaker(world.admin, namespace, works)('counted', 5);
    await untilIssued(observer, keys);
    const sample = await eventually('all are counted', async () => {
      const [counted] = await prometheus.query(selector);
      return counted?.value === 5 && counted;
    });
    const { issuer_kind: kind, issuer_namespace: issuerNamespace = '', namespace: target } = sample.labels;
    assert.deepEqual([kind, issuerNamespace, target], ['ExternalClusterIssuer', '', controllerNamespace]);
    assert.deepEqual(
      Object.keys(sample.labels).filter((label) => label.startsWith('exported_')),
      [],
    );
    const [increase] = await prometheus.query(`sum(increase(${selector}[1m]))`);
    assert.ok((increase?.value ?? 0) >= 4, String(increase?.value));
    const [timed] = await prometheus.query('sum(external_issuer_issuance_seconds_count)');
    assert.equal(timed?.value, 5);
  });

  test('fires for the issuer that is not Ready, for no other, and no more when it is gone', async () => {
    const [alert, ...others] = await eventually('it fires', async () => {
      const firing = (await alertsNamed('ExternalIssuerNotReady')).filter(isFiring);
      return firing.length > 0 && firing;
    });
    assert.deepEqual([alert?.labels['issuer_name'], others], ['broken', []]);
    assert.match(alert?.annotations['summary'] ?? '', /^ExternalClusterIssuer \/broken is not Ready/);
    assert.deepEqual(
      (await prometheus.alerts()).filter(isFiring).map(({ labels }) => labels['alertname']),
      ['ExternalIssuerNotReady'],
    );
    await world.admin.delete(externalClusterIssuers, broken);
    await eventually('it is over', async () => (await alertsNamed('ExternalIssuerNotReady')).length === 0);
  });

  test('answers what the dashboard asks', async () => {
    const { panels } = await readDashboard();
    const without = new Set<string>();
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) if ((await prometheus.query(filledIn(expr))).length === 0) without.add(title);
    }
    // These have nothing to show where nothing is wrong.
    const trouble = ['What users must know', 'Warnings about requests', 'Watches begun again', 'Looks that failed'];
    assert.deepEqual(
      [...without].filter((title) => !trouble.includes(title)),
      [],
    );
  });

  test('gets what promtool finds nothing to say about', async () => {
    const [status, text] = await get(address);
    assert.equal(status, 200);
    // Those of Node.js are named by the package that makes them.
    const own = text.split('\n').filter((line) => line.includes('external_issuer_'));
    assert.ok(own.length > 50);
    const { code, stdout, stderr } = await run(promtool, ['check', 'metrics'], { input: `${own.join('\n')}\n` });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });

  test('gets those of the approver likewise', async () => {
    const kubeconfig = await world.plane.serviceAccountKubeconfig(controllerNamespace, approverServiceAccount);
    const approver = await world.startController({
      command: 'approver',
      args: [`--kubeconfig=${kubeconfig}`, '--metrics-secure'],
    });
    const [status, text] = await get(new URL(approver.metricsUrl).host);
    assert.deepEqual([status, approver.logs.filter(({ level }) => level === 'warn')], [200, []]);
    assert.match(text, /^external_issuer_leader\{component="approver"\} 1$/m);
  });

  test('leaves no token in the log, and the controller does nothing that it may not', async () => {
    assert.ok(!controller.logs.some((line) => JSON.stringify(line).includes(token)));
    assert.deepEqual(await world.forbidden(), []);
  });
});
