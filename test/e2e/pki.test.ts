import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { findCondition } from '../../src/api/conditions.ts';
import { CodedError } from '../../src/lib/errors.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { startCfssl } from '../cas/cfssl.ts';
import { startEst } from '../cas/est.ts';
import { backedByCfssl } from '../cas/sign-with.ts';
import { startVault } from '../cas/stand-ins/vault.ts';
import { startStepCa } from '../cas/step-ca.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { connectProxy } from '../unit/signers/network/support/connect-proxy.ts';
import { eventually } from './support/eventually.ts';
import { observeIssuers, type IssuerObserver } from './support/issuers.ts';
import { certificates, createNamespace, eventsAbout, type Certificate } from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import * as changes from './support/preset-cas.ts';
import { applyPreset, createCertificate, readCertified } from './support/preset-cluster.ts';
import type { PresetChanges } from './support/preset.ts';
import { startSecureMockCa, type MockCaAccess } from './support/secure-mockca.ts';
import { watchSuite, withoutAuditLog } from './support/suite.ts';
import { extensionText } from './support/tls-secret.ts';
import { reviewToken } from './support/token-review.ts';
import { openWorld, type World } from './support/world.ts';

const harness = { environment: readEnvironment(), stream: process.stderr };
const namespace = 'pki';
const uris = ['spiffe://example/a'];

describe('a Certificate from a CA over HTTP', () => {
  const suiteEnd = watchSuite();
  const servers = new AsyncDisposableStack();
  let world: World;
  let seen: Observer<Certificate>;
  let issuers: IssuerObserver;
  before(async () => {
    world = await openWorld();
    [seen, issuers] = await Promise.all([observe(world.admin, certificates), observeIssuers(world.admin)]);
    for (const { close } of [seen, issuers]) world.onClose(close);
    await createNamespace(world.admin, namespace);
    await world.startController({ args: ['--allow-ca-addresses=127.0.0.1'] });
  });
  after(async () => {
    await world.close(suiteEnd());
    await servers.disposeAsync();
  });

  function closed<T extends { close(): Promise<void> }>(server: T): T {
    servers.defer(server.close);
    return server;
  }

  /** Applies an example, waits until its issuer is ready, and has a Certificate from it, whose Secret leads to that root. */
  async function certify(name: string, file: string, change: PresetChanges, rootPem: string, spec = {}) {
    const { issuer } = await applyPreset(world, file, { ...change, suffix: `-${name}` });
    await issuers.untilChecked({ name: issuer });
    await createCertificate(world, { namespace, name, issuer, spec });
    return await readCertified(world, seen, { namespace, name }, rootPem);
  }

  const cfssl = async (options: Omit<Parameters<typeof startCfssl>[0], 'environment' | 'stream'>) =>
    closed(await startCfssl({ ...harness, ...options }));
  const mockCa = async (access: MockCaAccess) => servers.use(await startSecureMockCa(access));

  describe('goes through', { concurrency: true }, () => {
    test('step-ca, with a one-time token each', async () => {
      const ca = closed(await startStepCa(harness));
      const secret = await certify('step-ca', 'step-ca.yaml', changes.stepCaChanges(ca), ca.rootPem, { uris });
      assert.equal(secret.certificates.length, 2, 'tls.crt has the intermediate');
      assert.match(extensionText(secret, 'subjectAltName')?.text ?? '', /DNS:step-ca\.example\.com, URI:spiffe/);
      await certify('step-ca-x5c', 'step-ca-x5c.yaml', changes.stepCaX5cChanges(ca), ca.rootPem, { uris });
    });

    test('CFSSL, over TLS, without and with an authentication key', async () => {
      const ca = await cfssl({ version: '1.6', tls: 'server' });
      await certify('cfssl', 'cfssl.yaml', changes.cfsslChanges(ca), ca.caPem, { uris });
      await certify('authsign', 'cfssl-authsign.yaml', changes.cfsslAuthsignChanges(ca), ca.caPem, { uris });
    });

    test('EST, for a password and for a client certificate', async () => {
      const ca = await cfssl({ version: '1.6' });
      const est = closed(await startEst({ ca: backedByCfssl(ca), clients: 'either' }));
      await certify('est', 'est.yaml', changes.estChanges(est), ca.caPem, { uris });
      await certify('est-client', 'est.yaml', changes.estByCertificateChanges(est), ca.caPem);
      assert.deepEqual(est.refusals, []);
    });

    test('a JSON API behind a proxy, for a bearer token and a client certificate', async (t: TestContext) => {
      const ca = await mockCa('token and certificate');
      const proxy = await connectProxy(t);
      const wanted = changes.genericJsonByCertificateChanges(ca);
      const pki = { ...wanted.pki, network: { proxy: `http://127.0.0.1:${proxy.port}` } };
      await certify('generic', 'generic-json.yaml', { ...wanted, pki }, await ca.rootPem(), { uris });
      assert.ok(
        proxy.seen.length > 0 && proxy.seen.every((line) => line === `CONNECT ${new URL(ca.url).host}`),
        proxy.seen.join(),
      );
      assert.equal((await ca.signings()).length, 1);
    });

    test('a CGI of old, by a document in a ConfigMap', async () => {
      const ca = await mockCa('open');
      await certify('legacy', 'legacy-cgi.yaml', changes.legacyCgiChanges(ca), await ca.rootPem(), {
        commonName: 'legacy.example.com',
      });
    });

    test('what a flat ConfigMap describes', async () => {
      const ca = await mockCa('token');
      await certify('flat', 'flat-config-map.yaml', changes.flatConfigMapChanges(ca), await ca.rootPem());
    });

    test('a stand-in for Vault, logged in to by a token that the API server makes and reviews', async () => {
      const verified: boolean[] = [];
      const verifyKubernetesToken = async (token: string): Promise<boolean> => {
        const audience = 'vault://vault-vault';
        const user = await reviewToken(world.plane, token, audience);
        verified.push(user === 'system:serviceaccount:external-issuer-system:vault-issuer');
        return verified.at(-1) === true;
      };
      const ca = closed(await startVault({ clock, verifyKubernetesToken }));
      await certify('vault', 'vault-kubernetes.yaml', changes.vaultKubernetesChanges(ca), ca.rootPem, { uris });
      // The first check is sent once more without the credential, to see whether it can see that.
      assert.deepEqual([verified, ca.refusals], [[true], ['GET /v1/auth/token/lookup-self: 403 permission denied']]);
    });

    test('CFSSL 1.2 only where it has no URI, which that leaves out', async (t: TestContext) => {
      const ca = await cfssl({ version: '1.2' }).catch((error: unknown) => {
        if (error instanceof CodedError && error.code === 'PackageToolsMissing') return error.message;
        throw error;
      });
      if (typeof ca === 'string') return t.skip(ca);
      await certify('old', 'cfssl.yaml', changes.cfsslChanges(ca), ca.caPem);
      await createCertificate(world, { namespace, name: 'old-uri', issuer: 'cfssl-old', spec: { uris } });
      const words =
        /SanMissing: The certificate that the CA returned was refused: names that were asked for are not in it: URI:spiffe/;
      await seen.until({ namespace, name: 'old-uri' }, 'says why', ({ status }) =>
        words.test(findCondition(status?.conditions, 'Issuing')?.message ?? ''),
      );
      // The event is written after the status.
      const warnings = await eventually('there is an event', async () => {
        const told = await eventsAbout(world.admin, { namespace, name: 'old-uri-1' });
        return told.some(({ type }) => type === 'Warning') && told.filter(({ type }) => type === 'Warning');
      });
      assert.deepEqual(
        warnings.map(({ reason }) => reason),
        ['SanMissing'],
      );
    });
  });

  test('needs no call that the API server forbids the controller', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await world.forbidden(), []);
  });
});
