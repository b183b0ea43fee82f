import assert from 'node:assert/strict';
import { approverServiceAccount, controllerNamespace, controllerServiceAccount } from '../../../src/api/group.ts';
import { certificateRequests, certificateSigningRequests } from '../../../src/api/resources.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { askerOf, type Call } from './asker.ts';
import { applySecret, certificates, createNamespace, issuerRefOf, makeCa } from './objects.ts';
import { requestObject } from './requests.ts';
import type { RightsLab } from './rights-lab.ts';

/** Something that the administrator may do, and these may not. */
interface Case extends Call {
  readonly what: string;
  readonly who: readonly ('controller' | 'approver')[];
}

const app = 'rights-app';
const both = ['controller', 'approver'] as const;
const core = '/api/v1';
const inApp = `${core}/namespaces/${app}`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const certManager = `/apis/cert-manager.io/v1/namespaces/${app}`;
const requests = `${certManager}/certificaterequests`;
const signingRequests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const clientSigner = 'kubernetes.io/kube-apiserver-client';
const approved = { type: 'Approved', status: 'True', reason: 'Test', message: 'By a test.' };
const account = { kind: 'ServiceAccount', namespace: controllerNamespace };
const toAdmin = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };

function secret(namespace: string): Call {
  return { method: 'POST', path: `${core}/namespaces/${namespace}/secrets`, body: { metadata: { name: 'made' } } };
}

const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const pod = { metadata: { name: 'made' }, spec: { containers: [{ name: 'a', image: 'a' }] } };

const cases: readonly Case[] = [
  { what: "read an application's Secret", method: 'GET', path: `${inApp}/secrets/password`, who: both },
  { what: 'list the Secrets of a namespace', method: 'GET', path: `${inApp}/secrets`, who: both },
  { what: 'list the Secrets of the cluster', method: 'GET', path: `${core}/secrets`, who: both },
  { what: 'list the ConfigMaps of the cluster', method: 'GET', path: `${core}/configmaps`, who: both },
  {
    what: 'list the Secrets of its namespace',
    method: 'GET',
    path: `${core}/namespaces/${controllerNamespace}/secrets`,
    who: ['approver'],
  },
  { what: 'read a Certificate', method: 'GET', path: `${certManager}/certificates/web`, who: both },
  {
    what: 'change a Certificate',
    method: 'PATCH',
    path: `${certManager}/certificates/web`,
    body: { spec: { dnsNames: ['b'] } },
    who: both,
  },
  { what: 'delete a Certificate', method: 'DELETE', path: `${certManager}/certificates/web`, who: both },
  { what: 'make a Secret', ...secret(app), who: both },
  { what: 'make a Secret in its namespace', ...secret(controllerNamespace), who: both },
  { what: 'change a Secret', method: 'PATCH', path: `${inApp}/secrets/password`, body: { data: {} }, who: both },
  { what: 'delete a Secret', method: 'DELETE', path: `${inApp}/secrets/password`, who: both },
  { what: 'make a pod', method: 'POST', path: `${inApp}/pods`, body: pod, who: both },
  {
    what: 'make a pod in its namespace',
    method: 'POST',
    path: `${core}/namespaces/${controllerNamespace}/pods`,
    body: pod,
    who: both,
  },
  {
    what: 'make a token of another ServiceAccount',
    method: 'POST',
    path: `${inApp}/serviceaccounts/other/token`,
    body: { spec: {} },
    who: both,
  },
  {
    what: 'change what a CertificateRequest asks for',
    method: 'PATCH',
    path: `${requests}/open`,
    body: { spec: { isCA: true } },
    who: both,
  },
  { what: 'delete a CertificateRequest', method: 'DELETE', path: `${requests}/open`, who: both },
  {
    what: 'change what a CertificateSigningRequest says',
    method: 'PATCH',
    path: `${signingRequests}/rights-open`,
    body: { metadata: { labels: { a: 'b' } } },
    who: both,
  },
  { what: 'delete a CertificateSigningRequest', method: 'DELETE', path: `${signingRequests}/rights-open`, who: both },
  {
    what: 'approve a CertificateSigningRequest',
    method: 'PATCH',
    path: `${signingRequests}/rights-open/approval`,
    body: { status: { conditions: [approved] } },
    who: ['controller'],
  },
  {
    what: 'approve for a signer of Kubernetes',
    method: 'PATCH',
    path: `${signingRequests}/rights-client/approval`,
    body: { status: { conditions: [approved] } },
    who: both,
  },
  {
    what: 'sign for a signer of Kubernetes',
    method: 'PATCH',
    path: `${signingRequests}/rights-client/status`,
    body: { status: { certificate: Buffer.from(makeCa('Rights CA').certificate).toString('base64') } },
    who: both,
  },
  {
    what: 'change an issuer',
    method: 'PATCH',
    path: '/apis/external-issuer.io/v1alpha1/externalclusterissuers/rights-issuer',
    body: { metadata: { labels: { a: 'b' } } },
    who: both,
  },
  {
    what: 'make an administrator of itself',
    method: 'POST',
    path: `${rbac}/clusterrolebindings`,
    body: { metadata: { name: 'made' }, roleRef: toAdmin, subjects: [{ ...account, name: controllerServiceAccount }] },
    who: both,
  },
  {
    what: 'make an administrator of itself in a namespace',
    method: 'POST',
    path: `${rbac}/namespaces/${app}/rolebindings`,
    body: { metadata: { name: 'made' }, roleRef: toAdmin, subjects: [{ ...account, name: approverServiceAccount }] },
    who: both,
  },
  {
    what: 'widen its own role',
    method: 'PATCH',
    path: `${rbac}/clusterroles/external-issuer-controller-role`,
    body: { rules: [everything] },
    who: both,
  },
];

/** Tries all cases: the administrator could do each (without it being done), and the tokens are refused it. */
export async function assertRefused({ world, kubectl }: RightsLab): Promise<void> {
  const { admin, plane } = world;
  await createNamespace(admin, app);
  await kubectl('create', 'serviceaccount', 'other', `--namespace=${app}`);
  await applySecret(admin, { namespace: app, name: 'password' }, { password: 'hunter2' });
  const csr = opensslCsr({ subject: 'CN = a.example.com', extensions: 'subjectAltName = DNS:a.example.com' });
  const issuerRef = issuerRefOf({ name: 'rights-issuer' });
  await admin.create(certificates, {
    metadata: { namespace: app, name: 'web' },
    spec: { secretName: 'web', issuerRef, dnsNames: ['a'] },
  });
  await admin.create(certificateRequests, requestObject({ namespace: app, name: 'open', csr, issuerRef }));
  await world.apply(
    JSON.stringify({
      apiVersion: 'external-issuer.io/v1alpha1',
      kind: 'ExternalClusterIssuer',
      metadata: { name: 'rights-issuer' },
      spec: { signerType: 'mockca' },
    }),
  );
  const request = Buffer.from(csr).toString('base64');
  for (const [name, signerName, usage] of [
    ['rights-open', 'externalclusterissuers.external-issuer.io/rights-issuer', 'server auth'],
    ['rights-client', clientSigner, 'client auth'],
  ] as const) {
    await admin.create(certificateSigningRequests, { metadata: { name }, spec: { signerName, request, usages: [usage] } });
  }
  const askers = {
    administrator: await askerOf(plane.kubeconfigPath),
    controller: await askerOf(await plane.serviceAccountKubeconfig(controllerNamespace, controllerServiceAccount)),
    approver: await askerOf(await plane.serviceAccountKubeconfig(controllerNamespace, approverServiceAccount)),
  };
  for (const { close } of Object.values(askers)) world.onClose(close);
  for (const { what, who, ...call } of cases) {
    assert.equal((await askers.administrator.ask(call)).status, 200, `the administrator could ${what}`);
    for (const name of who) assert.equal((await askers[name].ask(call)).status, 403, `the ${name} must not ${what}`);
  }
}
