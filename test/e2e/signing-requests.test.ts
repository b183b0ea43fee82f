import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findCondition } from '../../src/api/conditions.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { startControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { createIdentity } from './support/identity.ts';
import { createNamespace } from './support/objects.ts';
import { genericJsonChanges } from './support/preset-cas.ts';
import { applyPreset } from './support/preset-cluster.ts';
import { startSecureMockCa } from './support/secure-mockca.ts';
import {
  certificateOf,
  lastsSeconds,
  openSigningRequestLab,
  type SigningRequestLab,
  type WantedSigningRequest,
} from './support/signing-request-lab.ts';
import { onGivenCluster, watchSuite } from './support/suite.ts';
import { controllerUser } from './support/world.ts';

const clusterSigner = 'externalclusterissuers.external-issuer.io';
const namespacedSigner = 'externalissuers.external-issuer.io';
const people = { signerName: `${clusterSigner}/people` };
const team = { signerName: `${namespacedSigner}/csr-team.ca.example` };
const annotated = (name: 'duration' | 'is-ca', value: string) => ({
  annotations: { [`experimental.cert-manager.io/request-${name}`]: value },
});
const day = 86_400;
const skip = onGivenCluster('its users, and CertificateSigningRequests of other signers, are not ours to make');

describe('a CertificateSigningRequest', { skip }, () => {
  const suiteEnd = watchSuite();
  const servers = new AsyncDisposableStack();
  let lab: SigningRequestLab;
  before(async () => {
    lab = await openSigningRequestLab();
    await createNamespace(lab.world.admin, 'csr-team');
    await Promise.all([
      lab.issuers.ready({ name: 'people' }),
      lab.issuers.ready({ name: 'masters' }, { policy: { allowSystemMasters: true } }),
      lab.issuers.ready({ namespace: 'csr-team', name: 'ca.example' }),
    ]);
  });
  after(async () => {
    await lab.close(suiteEnd());
    await servers.disposeAsync();
  });

  describe('beside others', { concurrency: 3 }, () => {
    test('of a cluster issuer is signed once it is approved, leaf first, and told so', async () => {
      await lab.ask('plain', people);
      assert.equal(lab.seen.history({ name: 'plain' }).at(-1)?.status?.certificate, undefined);
      await lab.decide('plain', 'approve');
      const [leaf] = await lab.issued('plain');
      assert.match(leaf?.subject ?? '', /^O=developers\nCN=jane$/);
      assert.ok(Math.abs(lastsSeconds(leaf) - 90 * day) < 600, '90 days where nothing is said');
      assert.deepEqual(leaf?.keyUsage, ['1.3.6.1.5.5.7.3.2']);
      await lab.told('plain', 'Issued');
      const types = lab.seen
        .history({ name: 'plain' })
        .at(-1)
        ?.status?.conditions?.map(({ type }) => type);
      assert.deepEqual(types, ['Approved']);
    });

    test('that is denied is never touched', async () => {
      await lab.ask('denied', people);
      await lab.decide('denied', 'deny');
      await lab.askApproved('after-denied', people);
      await lab.issued('after-denied');
      const all = lab.seen.history({ name: 'denied' });
      assert.ok(all.some(({ status }) => findCondition(status?.conditions, 'Denied')));
      assert.ok(all.every(({ status }) => !findCondition(status?.conditions, 'Failed') && status?.certificate === undefined));
    });

    test('of the issuer of a namespace is refused, and signed once its requester may reference the issuer', async () => {
      await lab.askApproved('team-refused', team);
      const { reason, message } = await lab.failed('team-refused');
      assert.equal(reason, 'DeniedReference');
      assert.match(message ?? '', /"jane" may not use ExternalIssuer "ca\.example" in namespace "csr-team"/);
      const role = ['--clusterrole=external-issuer-reference', '--user=jane', '--namespace=csr-team'];
      await lab.kubectl('create', 'rolebinding', 'reference', ...role);
      // The API server may take a moment to know of the binding.
      await eventually('Jane may', async () => {
        const review = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: 'jane',
            resourceAttributes: { group: 'external-issuer.io', resource: 'signers', verb: 'reference', namespace: 'csr-team' },
          },
        };
        const args = ['create', '-f', '-', '-o', 'jsonpath={.status.allowed}'];
        return (await mustKubectl(lab.world.plane.kubectl, args, JSON.stringify(review))) === 'true';
      });
      await lab.askApproved('team-allowed', team);
      assert.equal((await lab.issued('team-allowed'))[0]?.subject, 'O=developers\nCN=jane');
    });

    const durations: readonly (readonly [string, Partial<WantedSigningRequest>, number])[] = [
      ['expiration-seconds', { expirationSeconds: 3600 }, 3600],
      ['annotation', { expirationSeconds: 3600, ...annotated('duration', '2h') }, 7200],
    ];
    for (const [name, wanted, seconds] of durations) {
      test(`lasts as long as its ${name} says`, async () => {
        await lab.askApproved(`lasts-${name}`, { ...people, ...wanted });
        const [leaf] = await lab.issued(`lasts-${name}`);
        assert.ok(Math.abs(lastsSeconds(leaf) - seconds) < 120, leaf?.validTo);
      });
    }

    test('for a CA says so by an annotation and in its CSR', async () => {
      const csr = { extensions: 'basicConstraints = critical, CA:TRUE' };
      await lab.askApproved('ca', { ...people, csr, ...annotated('is-ca', 'true') });
      assert.equal((await lab.issued('ca'))[0]?.ca, true);
    });

    const masters = { csr: { subject: 'O = system:masters\nCN = jane' } };
    const refused: readonly (readonly [string, string, WantedSigningRequest])[] = [
      ['short', 'InvalidDuration', { ...people, ...annotated('duration', '9m59s') }],
      ['usages', 'CsrDiffersFromSpec', { ...people, csr: { extensions: 'extendedKeyUsage = serverAuth' } }],
      ['late-ca', 'CsrDiffersFromSpec', { ...people, ...annotated('is-ca', 'true') }],
      ['masters', 'SystemMastersRefused', { ...people, ...masters }],
      ['malformed', 'IssuerNotFound', { signerName: `${namespacedSigner}/ca` }],
    ];
    for (const [name, reason, wanted] of refused) {
      test(`that is wrong (${name}) fails with the reason ${reason}`, async () => {
        await lab.askApproved(`refused-${name}`, wanted);
        const condition = await lab.failed(`refused-${name}`);
        assert.deepEqual([condition.status, condition.reason], ['True', reason]);
        assert.equal((await lab.told(`refused-${name}`, reason)).type, 'Warning');
      });
    }

    test('for system:masters is signed where the issuer allows it', async () => {
      await lab.askApproved('allowed-masters', { signerName: `${clusterSigner}/masters`, ...masters });
      assert.match((await lab.issued('allowed-masters'))[0]?.subject ?? '', /O=system:masters/);
    });

    test('of a missing issuer waits, says so by an event alone, and goes on when there is one', async () => {
      await lab.askApproved('early', { signerName: `${clusterSigner}/later` });
      const { note } = await lab.told('early', 'IssuerNotFound');
      assert.match(note, /ExternalClusterIssuer "later" does not exist.*24 hours\.$/);
      await lab.issuers.ready({ name: 'later' });
      await lab.issued('early');
      const writes = lab.seen.history({ name: 'early' }).filter(({ status }) => status?.certificate === undefined);
      assert.ok(writes.length <= 2, 'made and approved, and nothing else before the certificate');
    });

    test("of another's signer is left to that signer", async () => {
      const usages = ['client auth'];
      await lab.ask('kube-client', { signerName: 'kubernetes.io/kube-apiserver-client', usages });
      await lab.ask('foreign', { signerName: 'example.com/foreign' });
      for (const name of ['kube-client', 'foreign']) await lab.decide(name, 'approve', true);
      await lab.issued('kube-client');
      await lab.askApproved('after-foreign', people);
      await lab.issued('after-foreign');
      assert.equal(certificateOf(lab.seen.history({ name: 'foreign' }).at(-1) ?? fail()), '');
      const calls = (await lab.world.audit()).filter(({ user }) => user.username === controllerUser);
      assert.ok(calls.length > 0);
      assert.deepEqual(
        calls.filter(({ requestURI }) => /\/(kube-client|foreign)(\/|\?|$)/.test(requestURI)),
        [],
      );
    });
  });

  test('is read and written only by a controller that signs them; such a one needs no cert-manager', async () => {
    const asked: Record<string, ReadonlySet<string>> = {};
    for (const kind of ['CertificateRequest', 'CertificateSigningRequest']) {
      const identity = await createIdentity(lab.world.plane, `only-${kind.toLowerCase()}`);
      const controller = await startControllerProcess({ kubeconfig: identity.kubeconfig, args: [`--request-kinds=${kind}`] });
      await eventually('it is ready', async () => (await fetch(`${controller.healthUrl}/readyz`)).ok);
      await controller.end();
      asked[kind] = new Set((await identity.calls()).map(({ resource }) => resource));
    }
    assert.deepEqual(
      ['certificaterequests', 'certificatesigningrequests'].map((resource) =>
        Object.keys(asked).filter((kind) => asked[kind]?.has(resource)),
      ),
      [['CertificateRequest'], ['CertificateSigningRequest']],
    );
  });

  test('gets one certificate where two controllers sign it', async () => {
    const second = await lab.startController();
    await eventually('it is ready', async () => (await fetch(`${second.healthUrl}/readyz`)).ok);
    const names = Array.from({ length: 4 }, (_, at) => `twice-${at}`);
    for (const name of names) await lab.askApproved(name, people);
    for (const name of names) {
      await lab.issued(name);
      const certificates = lab.seen.history({ name }).map(certificateOf);
      assert.equal(new Set(certificates.filter((pem) => pem !== '')).size, 1);
    }
    await second.end();
  });

  test('that the CA decides about later is only asked for again after the controller was killed', async () => {
    const ca = servers.use(await startSecureMockCa('token', ['--fault-pending=2']));
    const changes = { ...genericJsonChanges(ca), pki: { ...genericJsonChanges(ca).pki, pollInterval: '2s' } };
    const { issuer } = await applyPreset(lab.world, 'generic-json.yaml', { ...changes, suffix: '-csr' });
    await lab.issuers.untilChecked({ name: issuer });
    await lab.askApproved('later', { signerName: `${clusterSigner}/${issuer}` });
    const { object } = await lab.seen.until({ name: 'later' }, 'has the id', ({ status }) =>
      /"caRequestId"/.test(findCondition(status?.conditions, 'external-issuer.io/Signing')?.message ?? ''),
    );
    assert.equal(certificateOf(object), '');
    await lab.killController();
    await lab.startController();
    await lab.issued('later');
    const { conditions } = lab.seen.history({ name: 'later' }).at(-1)?.status ?? {};
    assert.equal(findCondition(conditions, 'external-issuer.io/Signing')?.status, 'False');
    assert.equal(ca.requests().filter((line) => line.startsWith('POST')).length, 1);
    assert.equal((await ca.signings()).length, 1);
    assert.match((await lab.told('later', 'PendingAtCA')).note ?? '', /accepted the request/);
  });

  test('needs no call that the API server forbids the controller', async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});

function fail(): never {
  assert.fail('it was never seen');
}
