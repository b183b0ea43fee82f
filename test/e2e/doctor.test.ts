import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { certificateRequests, certificateSigningRequests, externalIssuers, secrets } from '../../src/api/resources.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { opensslCsr } from '../unit/x509/tools.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { openSurgery, type Surgery } from './support/doctor.ts';
import { approverDeployment, controllerRoleBefore, shippedRbac, signingRequest } from './support/doctor-manifests.ts';
import { eventually } from './support/eventually.ts';
import { observeIssuers, type IssuerObserver } from './support/issuers.ts';
import { allowReferences, applyCaSecret, applyIssuer, certificates, createNamespace, makeCa } from './support/objects.ts';
import { judge, readyOf, requestObject } from './support/requests.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { openWorld, type World } from './support/world.ts';

const namespace = 'clinic';
const approver = 'cert-manager-controller-approve:external-issuer-io';
const clusterRoleBindings: Resource<KubeObject> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
};
const now = ['--older-than=0s'];
const csr = opensslCsr({ subject: 'CN = a.example.com' });

describe('external-issuer doctor', () => {
  const suiteEnd = watchSuite();
  let world: World;
  let issuers: IssuerObserver;
  let surgery: Surgery;

  before(async () => {
    world = await openWorld();
    issuers = await observeIssuers(world.admin);
    world.onClose(issuers.close);
    surgery = await openSurgery(world.plane);
    const controller = await world.startController({ args: ['--leader-elect'] });
    await createNamespace(world.admin, namespace);
    await allowReferences(world.admin, namespace);
    await applyCaSecret(world.admin, { namespace, name: 'keypair' }, makeCa('Clinic CA'));
    await controller.waitForLog(({ msg }) => msg === 'leading');
    await issuers.ready({ namespace, name: 'own' }, { authSecretRef: { name: 'keypair' } });
    await issuers.ready({ name: 'shared' });
  });
  after(async () => await world.close(suiteEnd()));

  test('finds nothing in a cluster where all is well, and exits 0', async () => {
    await world.admin.create(
      certificateRequests,
      requestObject({
        namespace,
        name: 'good',
        csr,
        issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'own' },
      }),
    );
    await eventually('the request is issued', async () => {
      const request = await world.admin.get(certificateRequests, { namespace, name: 'good' });
      return readyOf(request)?.reason === 'Issued';
    });
    const { code, findings } = await surgery.diagnose(now);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'ok'),
      [],
    );
    assert.equal(code, 0);
    const codes = new Set(findings.map((finding) => finding.code));
    for (const expected of ['CrdServed', 'LeaderAlive', 'RightMissing', 'IssuerReady', 'ApproverRights', 'NoneStuck']) {
      assert.equal(codes.has(expected), expected !== 'RightMissing', expected);
    }
    const text = await surgery.asText(now);
    assert.match(text.stdout, /^ok {7}ExternalIssuer clinic\/own: ready since \S+Z \(the last check may be up to 10m old\): /m);
    assert.match(text.stdout, /\nall is well\n$/);
  });

  test('names what an issuer refers to in vain, and what the controller may not read; the fixes mend it', async () => {
    await createNamespace(world.admin, 'ward');
    const [nowhere, closed] = [
      { namespace, name: 'nowhere' },
      { namespace: 'ward', name: 'closed' },
    ];
    await applyIssuer(world.admin, nowhere, { authSecretRef: { name: 'absent' } });
    await applyCaSecret(world.admin, { namespace: 'ward', name: 'keypair' }, makeCa('Ward CA'));
    await applyIssuer(world.admin, closed, { authSecretRef: { name: 'keypair' } });
    await issuers.untilNotReady(nowhere, /absent/);
    await issuers.untilNotReady(closed, /may not read/);

    const { code, of } = await surgery.diagnose();
    assert.equal(code, 1);
    const missing = of('ReferenceNotFound', `ExternalIssuer ${namespace}/nowhere`);
    assert.match(missing.what, /^spec\.authSecretRef names Secret "absent" in namespace "clinic", which does not exist$/);
    assert.match(missing.fix ?? '', /create secret generic absent --namespace clinic --from-file KEY=FILE$/);
    const forbidden = of('RefsForbidden', 'ServiceAccount external-issuer-system/external-issuer-controller');
    assert.match(
      forbidden.what,
      /may not get, list, watch configmaps; get, list, watch secrets in namespace ward; needed by ExternalIssuer ward\/closed/,
    );
    assert.equal(of('IssuerNotReady', `ExternalIssuer ${namespace}/nowhere`).severity, 'error');
    assert.equal(of('IssuerNotReady', 'ExternalIssuer ward/closed').severity, 'error');

    await surgery.run(forbidden.fix);
    await world.admin.delete(externalIssuers, nowhere);
    const later = await surgery.diagnose();
    assert.ok(later.findings.every((finding) => finding.code !== 'RefsForbidden' && finding.code !== 'ReferenceNotFound'));
    await world.admin.delete(externalIssuers, closed);
    await world.admin.delete(secrets, { namespace: 'ward', name: 'keypair' });
  });

  test('says which issuer a request that names none probably meant; the fix has it issued', async () => {
    await world.admin.create(certificates, {
      metadata: { namespace, name: 'wrong-kind' },
      spec: {
        secretName: 'wrong-kind',
        commonName: 'wrong-kind',
        issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'shared' },
      },
    });
    const wrong = await eventually('the request waits', async () => {
      const { findings } = await surgery.diagnose(now);
      return findings.find((finding) => finding.code === 'IssuerNotFound');
    });
    assert.match(wrong.where, /^CertificateRequest clinic\/wrong-kind-/);
    assert.match(
      wrong.what,
      /ExternalIssuer "shared" in namespace "clinic" does not exist; there is an ExternalClusterIssuer of that name$/,
    );
    await surgery.run(wrong.fix);
    await eventually('the certificate is issued', async () => {
      const certificate = await world.admin.get(certificates, { namespace, name: 'wrong-kind' });
      return readyOf(certificate)?.status === 'True';
    });
  });

  test('says what it may not see, where the user has few rights, and exits 0', async () => {
    const { kubectl } = world.plane;
    await mustKubectl(kubectl, ['create', 'serviceaccount', 'reader', `--namespace=${namespace}`]);
    const binding = ['rolebinding', 'reader', '--clusterrole=external-issuer-view', `--serviceaccount=${namespace}:reader`];
    await mustKubectl(kubectl, ['create', ...binding, `--namespace=${namespace}`]);
    const reader = await world.plane.serviceAccountKubeconfig(namespace, 'reader');
    const { code, findings, of } = await surgery.diagnose([`--namespace=${namespace}`], reader);
    assert.equal(code, 0);
    assert.match(of('IssuerReady', 'ExternalIssuer clinic/own').what, /^ready/);
    assert.match(of('NotSeen', 'ExternalIssuer clinic/own').what, /names Secret "keypair" .*you may not see it/);
    assert.ok(findings.every(({ severity }) => severity !== 'error'));
    assert.match(of('NotSeen', 'CertificateRequests').fix ?? '', /ask an administrator/);
  });

  test('says who may approve a CertificateSigningRequest that waits, and which issuer a wrong one meant', async () => {
    const asked = async (name: string, issuer: string): Promise<void> => {
      await world.admin.create(certificateSigningRequests, signingRequest(name, issuer, csr));
    };
    await asked('jane', 'shared');
    await asked('joe', 'sharde');
    const { of } = await surgery.diagnose(now);
    const waiting = of('NotApproved', 'CertificateSigningRequest jane');
    assert.match(waiting.what, /^waits .* for a person to approve it\. Kubernetes deletes it in about (1d|23h59m)\.$/);
    assert.match(waiting.fix ?? '', /csr show jane --kubeconfig .*; then .* csr approve jane --kubeconfig .*csr-approver may$/);
    assert.match(of('IssuerNotFound', 'CertificateSigningRequest joe').what, /there is ExternalClusterIssuer "shared"$/);

    await mustKubectl(world.plane.kubectl, ['certificate', 'approve', 'jane', 'joe']);
    await eventually('the certificate is written', async () => {
      const { status } = await world.admin.get(certificateSigningRequests, { name: 'jane' });
      return (status?.certificate ?? '') !== '';
    });
    const { findings } = await surgery.diagnose(now);
    const ill = findings.filter(({ where }) => where.startsWith('CertificateSigningRequest '));
    assert.equal(ill.map(({ code, where }) => `${code} ${where}`).join(), 'IssuerNotFound CertificateSigningRequest joe');
    await world.admin.delete(certificateSigningRequests, { name: 'joe' });
  });

  test(
    'says what a controller with the RBAC of an older version may not; the fix mends it',
    { skip: withoutParts },
    async () => {
      await world.apply(await controllerRoleBefore());
      const missing = await eventually('the rights are gone', async () => {
        const { findings } = await surgery.diagnose();
        const found = findings.filter(({ code }) => code === 'RightMissing');
        return found.length === 4 ? found : undefined;
      });
      assert.match(missing[0]?.what ?? '', /^may not get, list, watch certificatesigningrequests .*never gets ready/);
      await surgery.run(missing[0]?.fix);
      await eventually('the rights are back', async () => (await surgery.diagnose()).code === 0);
    },
  );

  test('finds two approvers for one signer; the fix leaves one', { skip: withoutParts }, async () => {
    const ruled = { namespace, name: 'ruled' };
    const policy = { rules: [{ name: 'jane', match: { users: ['jane'] } }] };
    await issuers.ready(ruled, { authSecretRef: { name: 'keypair' }, policy });
    await world.apply(await approverDeployment());
    const { code, of } = await surgery.diagnose();
    assert.equal(code, 1);
    const twice = of('TwoApprovers', 'ServiceAccount cert-manager/cert-manager');
    assert.equal(twice.severity, 'error');
    assert.match(twice.what, /^may approve requests for ExternalIssuer clinic\/ruled, .* ExternalClusterIssuer shared, which/);
    // Nothing runs pods here, and there is no webhook of cert-manager.
    of('ApproverDown', 'Deployment external-issuer-system/external-issuer-approver');
    assert.match(of('RequesterUnknown', 'ExternalIssuer clinic/ruled').what, /"jane" \(match\.users\) .*cert-manager-webhook/);
    await surgery.run(twice.fix);
    await eventually('one approver is left', async () => {
      return (await surgery.diagnose()).findings.every((finding) => finding.code !== 'TwoApprovers');
    });
    const account = 'ServiceAccount external-issuer-system/external-issuer-approver';
    const missing = (await surgery.diagnose()).findings.filter(({ where }) => where === account);
    const signers = missing.filter(({ what }) => /^may not approve signers of (?:cert-manager|certificates)/.test(what));
    assert.equal(signers.length, 2);
    assert.ok(missing.some(({ severity, what }) => severity === 'warning' && what.includes('leases')));
    await surgery.run(missing[0]?.fix);
    await eventually('the approver has its rights', async () => {
      return (await surgery.diagnose()).findings.some(({ severity, where }) => severity === 'ok' && where === account);
    });
    const left = (await surgery.diagnose()).findings.filter((finding) => finding.code === 'ApproverForbidden');
    assert.match(left.map(({ what }) => what).join(), /^may not approve requests for ExternalIssuer clinic\/own, .*shared, /);
    assert.ok(left.every(({ severity }) => severity === 'warning'));
    await mustKubectl(world.plane.kubectl, [
      'delete',
      '--namespace=external-issuer-system',
      'deployment/external-issuer-approver',
    ]);
    await world.admin.delete(externalIssuers, ruled);
    await world.apply(await shippedRbac());
  });

  test('names the right to approve that is missing and the request that waits for it', { skip: withoutParts }, async () => {
    // Its approver might still know the right.
    await world.plane.stopCertManager();
    await world.admin.delete(clusterRoleBindings, { name: approver });
    const issuerRef = { group: 'external-issuer.io', kind: 'ExternalClusterIssuer', name: 'shared' };
    await eventually('the right is gone', async () => {
      const { findings } = await surgery.diagnose(now);
      return findings.some((finding) => finding.code === 'ApproverForbidden');
    });
    await world.admin.create(certificateRequests, requestObject({ namespace, name: 'unapproved', csr, issuerRef }));
    const diagnosis = await surgery.diagnose(now);
    assert.equal(diagnosis.code, 1);
    const forbidden = diagnosis.findings.filter((finding) => finding.code === 'ApproverForbidden');
    assert.deepEqual(
      forbidden.map(({ severity, where }) => `${severity} ${where}`),
      ['error ServiceAccount cert-manager/cert-manager', 'error ServiceAccount cert-manager/cert-manager'],
    );
    assert.match(diagnosis.of('NotApproved', `CertificateRequest ${namespace}/unapproved`).what, /waits for .* to approve it/);
    await surgery.run(forbidden[0]?.fix);
    await judge(world.admin, { namespace, name: 'unapproved' }, 'Approved');
    await eventually('the request is issued', async () => (await surgery.diagnose(now)).code === 0);
  });
});
