import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { secrets, type Secret } from '../../src/api/resources.ts';
import { createTestCa } from '../cas/test-ca.ts';
import { newConnectionClient, type Target } from '../envoy/clients.ts';
import { startLoad } from '../envoy/load.ts';
import type { Verdict } from '../envoy/sds-bridge.ts';
import { resourceName } from '../envoy/secret-feed.ts';
import { p256 } from '../unit/x509/tools.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { eventually } from './support/eventually.ts';
import { checkChange, checkEnvoy, checkLoad, limitMs, type Written } from './support/gateway-checks.ts';
import { findEnvoy, openGateway, readExample, readGatewayExample, type GatewayLab } from './support/gateway-lab.ts';
import { observeIssuers } from './support/issuers.ts';
import { applySecret, certificates, createNamespace, type Certificate } from './support/objects.ts';
import { observe, type Observer, type Seen } from './support/observer.ts';
import { readyOf } from './support/requests.ts';
import { watchSuite } from './support/suite.ts';
import { checkTlsSecret, extensionText, leafOf, readTlsSecret, verifyChain, type TlsSecret } from './support/tls-secret.ts';
import { openWorld, type World } from './support/world.ts';

const harness = { environment: readEnvironment(), stream: process.stderr };
const program = await findEnvoy(harness);
const renewals = 3;

describe('a Gateway of Istio', { skip: typeof program === 'string' ? program : false }, () => {
  const suiteEnd = watchSuite();
  let example: Awaited<ReturnType<typeof readGatewayExample>>;
  let world: World;
  let seen: Observer<Certificate>;
  let seenSecrets: Observer<Secret>;
  let gateway: GatewayLab;
  before(async () => {
    assert.ok(typeof program !== 'string');
    [example, world] = await Promise.all([readGatewayExample(), openWorld()]);
    [seen, seenSecrets] = await Promise.all([observe(world.admin, certificates), observe(world.admin, secrets)]);
    const issuers = await observeIssuers(world.admin);
    for (const { close } of [seen, seenSecrets, issuers]) world.onClose(close);
    await createNamespace(world.admin, example.namespace);
    await world.startController();
    await issuers.ready({ name: 'mockca-cluster-issuer' }, { mockCa: { commonName: 'Gateway test root' } });
    gateway = await openGateway(program, world, example, harness);
  });
  after(async () => await world.close(suiteEnd()));

  /** Waits until the Certificate has that revision; gives what is in its Secret. */
  async function issued(revision: number): Promise<TlsSecret> {
    const { namespace, certificateName: name, credentialName } = example;
    const isReady = (object: Certificate): boolean =>
      readyOf(object)?.status === 'True' && object.status?.revision === revision;
    await seen.until({ namespace, name }, `is ready in revision ${revision}`, isReady, 60_000);
    return await readTlsSecret(world.admin, { namespace, name: credentialName });
  }

  /** What `cmctl renew` does. */
  async function renew(): Promise<void> {
    const { namespace, certificateName: name } = example;
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '');
    const issuing = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'By a test.', lastTransitionTime };
    const object = { metadata: { namespace, name }, status: { conditions: [issuing] } } as unknown as Certificate;
    await world.admin.apply(certificates, object, { fieldManager: 'test', subresource: 'status' });
  }

  /** When the watch brought the Secret with that certificate. */
  function writtenAt(serial: string): Written {
    const key = { namespace: example.namespace, name: example.credentialName };
    const found = seenSecrets.sightings(key).find((version) => serialIn(version) === serial);
    assert.ok(found, `the watch has brought ${serial}`);
    return { serial, at: found.at };
  }

  test('refuses connections while its Secret is not there, and serves the first certificate once it is', async () => {
    await eventually('Envoy asks for its certificate', async () => await Promise.resolve(gateway.bridge.streams > 0));
    const target: Target = { port: gateway.envoy.port, host: example.host, ca: '' };
    await assert.rejects(newConnectionClient(target).ask(), /ECONNREFUSED|ECONNRESET|disconnected/);
    await world.apply(example.yaml);
    const first = await issued(1);
    const client = newConnectionClient({ ...target, ca: first.ca });
    const serial = await eventually('the gateway answers', async () => await client.ask());
    assert.equal(serial, leafOf(first).serialNumber);
  });

  test('serves three renewals under load, and drops no connection and no request', async (context) => {
    const first = await readTlsSecret(world.admin, { namespace: example.namespace, name: example.credentialName });
    const issuedSecrets = [first];
    const load = await startLoad({ port: gateway.envoy.port, host: example.host, ca: first.ca });
    const { fresh } = load.report;
    try {
      for (let revision = 2; revision <= renewals + 1; revision++) {
        await renew();
        const secret = await issued(revision);
        const { serialNumber } = leafOf(secret);
        issuedSecrets.push(secret);
        await eventually('the gateway serves it', async () => await Promise.resolve(fresh.at(-1)?.serial === serialNumber));
        // Then the load goes on for long enough to see that nothing else is served any more.
        await delay(limitMs + 200);
      }
    } finally {
      await load.stop();
    }
    const serials = issuedSecrets.map((secret) => leafOf(secret).serialNumber);
    assert.equal(new Set(serials).size, renewals + 1, 'each renewal has a serial number of its own');
    assert.equal(new Set(issuedSecrets.map(({ key }) => key)).size, renewals + 1, 'each renewal has a key of its own');
    // Only now: these run openssl, and the clients stand still for as long.
    for (const secret of issuedSecrets) {
      checkTlsSecret(secret);
      verifyChain(secret, first.ca, 'sslserver');
    }
    const written = serials.map(writtenAt);
    checkLoad(load.report, written, context);
    for (const [index, next] of written.slice(1).entries()) checkChange(load.report, written[index] ?? next, next, context);
    await checkEnvoy(gateway.envoy, renewals + 1, context);
    assert.equal(gateway.bridge.streams, 1, 'Envoy has asked once and was told the rest');
    assert.ok(
      gateway.bridge.verdicts.every(({ refusal }) => refusal === undefined),
      'it has refused nothing',
    );
  });

  test('lets in clients of its CA with mutual TLS, and of another CA once there is a Secret with that', async () => {
    const [yaml = ''] = (await readExample('istio/mutual-tls.yaml')).split('\n---\n');
    const server = parse(yaml) as Certificate;
    const host = (server.spec['dnsNames'] as readonly string[])[0] ?? '';
    const { namespace } = example;
    const credentialName = String(server.spec['secretName']);
    await world.apply(yaml);
    const clientSpec = { commonName: 'partner', usages: ['digital signature', 'client auth'], secretName: 'partner' };
    const spec = { ...clientSpec, issuerRef: server.spec['issuerRef'] };
    await world.admin.create(certificates, { metadata: { namespace, name: 'partner' }, spec });
    for (const name of [server.metadata.name, 'partner']) {
      await seen.until({ namespace, name }, 'is ready', (object) => readyOf(object)?.status === 'True');
    }
    const { ca, chain: cert, key } = await readTlsSecret(world.admin, { namespace, name: 'partner' });
    const envoy = await gateway.start(credentialName, 'MUTUAL');
    const ask = async (client: Pick<Target, 'cert' | 'key'>): Promise<string> =>
      await newConnectionClient({ port: envoy.port, host, ca, ...client }).ask();
    await eventually('a client of its CA gets in', async () => await ask({ cert, key }));
    const refusal = /alert|ECONNRESET|socket hang up/;
    await assert.rejects(ask({}), refusal, 'nobody without a certificate does');

    const others = await createTestCa(world.plane.dir, 'partners');
    const client = await others.client('partner');
    const stranger = { cert: client.certificatePem, key: client.keyPem };
    await assert.rejects(ask(stranger), refusal, 'nor one of another CA');
    await applySecret(world.admin, { namespace, name: `${credentialName}-cacert` }, { cacert: others.certificatePem });
    await eventually('one of that CA does, once it is trusted', async () => await ask(stranger));
    await assert.rejects(ask({ cert, key }), refusal, 'and the first one no more');
  });

  test('refuses a certificate with the key of another, and goes on with what it has', async () => {
    const { credentialName, host, namespace } = example;
    const good = await readTlsSecret(world.admin, { namespace, name: credentialName });
    const privateKey = p256.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const files = { certificateChain: Buffer.from(good.chain), privateKey: Buffer.from(privateKey) };
    gateway.bridge.put(resourceName(credentialName), 'broken', files);
    const { verdicts } = gateway.bridge;
    const verdict = await eventually('Envoy has judged it', async () => await Promise.resolve(verdicts.find(isBroken)));
    assert.match(verdict.refusal ?? '', /private key/);
    const serial = await newConnectionClient({ port: gateway.envoy.port, host, ca: good.ca }).ask();
    assert.equal(serial, leafOf(good).serialNumber);
  });

  test('gives istiod an intermediate CA that signs for workloads', async () => {
    const yaml = await readExample('istio/mesh-ca.yaml');
    const { metadata, spec } = parse(yaml) as Certificate;
    const { name, namespace = '' } = metadata;
    await createNamespace(world.admin, namespace);
    await world.apply(yaml);
    await seen.until({ namespace, name }, 'is ready', (object) => readyOf(object)?.status === 'True');
    const secret = await readTlsSecret(world.admin, { namespace, name: String(spec['secretName']) });
    checkTlsSecret(secret);
    verifyChain(secret, secret.ca, 'any');
    assert.deepEqual(extensionText(secret, 'basicConstraints'), { critical: true, text: 'CA:TRUE' });
    assert.match(extensionText(secret, 'keyUsage')?.text ?? '', /Certificate Sign/);
  });

  test('and the API server accepts what the examples of other programs hold of its own kinds', async () => {
    const kinds = ['Ingress', 'Deployment', 'ClusterRole', 'ClusterRoleBinding'];
    const files = ['ingress', 'csi-driver', 'approver-policy'].map((name) => `integrations/${name}.yaml`);
    const documents = (await Promise.all(files.map(readExample))).flatMap((text) => text.split('\n---\n'));
    const own = documents.filter((text) => kinds.includes((parse(text) as { kind: string }).kind));
    assert.equal(own.length, kinds.length);
    const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--filename=-'];
    await mustKubectl(world.plane.kubectl, args, own.join('\n---\n'));
  });
});

const isBroken = ({ version }: Verdict): boolean => version === 'broken';

function serialIn({ object }: Seen<Secret>): string | undefined {
  const pem = Buffer.from(object.data?.['tls.crt'] ?? '', 'base64').toString();
  return pem === '' ? undefined : new X509Certificate(pem).serialNumber;
}
