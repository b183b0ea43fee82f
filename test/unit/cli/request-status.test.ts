import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forbidden } from './support/scripted-cluster.ts';
import {
  ago,
  approvedCondition,
  base64,
  certificate,
  certificateRequest,
  condition,
  event,
  issuedCertificate,
  pending,
  statusOf,
  type Things,
  waits,
} from './support/status-cluster.ts';

const web = { kind: 'certificate', namespace: 'team-a', name: 'web' } as const;

const key = '-----BEGIN PRIVATE KEY-----\nsesame\n-----END PRIVATE KEY-----\n';
const secret = {
  metadata: { name: 'web-tls', namespace: 'team-a' },
  data: { 'tls.crt': issuedCertificate, 'tls.key': base64(key) },
};

const notReady = condition('Ready', 'False', 'DoesNotExist', 'Issuing certificate as Secret does not exist');
const issuing = condition('Issuing', 'True', 'DoesNotExist', 'Issuing certificate as Secret does not exist');
const asking: Things = { ...waits, 'certificates/team-a/web': certificate({ conditions: [notReady, issuing] }) };

describe('request status certificate', () => {
  test('shows the Certificate, its Secret without the key, its issuer and its requests, with their events', async () => {
    const ready = condition('Ready', 'True', 'Ready', 'Certificate is up to date and has not expired');
    const times = { notBefore: '2027-01-01T00:00:00Z', notAfter: '2027-04-01T00:00:00Z', renewalTime: '2027-03-01T00:00:00Z' };
    const { stdout, code } = await statusOf(web, {
      ...asking,
      'certificates/team-a/web': certificate({ conditions: [ready], ...times }),
      'certificaterequests/team-a/web-1': certificateRequest([approvedCondition], {
        status: { certificate: issuedCertificate },
      }),
      'certificaterequests/team-a/other': certificateRequest([], {
        metadata: { name: 'other', ownerReferences: [{ uid: 'another' }] },
      }),
      'secrets/team-a/web-tls': secret,
      'events/team-a/1': event('uid-web', 'Of the Certificate\u001B[2J.'),
      'events/team-a/2': event('uid-ca', 'Of the issuer.'),
      'events/team-a/3': event('uid-web-1', 'Of the request.'),
    });
    assert.equal(code, 0);
    for (const line of [
      /^Certificate team-a\/web\n  dnsNames +a\.example, b\\u001b\[2J\.example\n/,
      /issuerRef +ExternalIssuer ca of external-issuer\.io\n/,
      /duration +2160h0m0s\n  renewBefore +720h0m0s\n  notBefore +2027-01-01T00:00:00Z\n  notAfter +2027-04-01T00:00:00Z\n  renewalTime +2027-03-01T00:00:00Z\n/,
      /event \S+ c: Warning Waits: Of the Certificate\\u001b\[2J\./,
      /\nSecret team-a\/web-tls\n  subject +CN=web\n  issuer +CN=web\n  serial +1a2b\n/,
      /\nExternalIssuer team-a\/ca\n  Ready: True, Checked: all is well\n.*Of the issuer\./,
      /\nCertificateRequest team-a\/web-1\n  names +DNS:a\.example\n/,
      /approval +Approved: cert-manager\.io: approved by cert-manager\n/,
      /Of the request\./,
      /\nThe certificate is there, until 2027-04-01T00:00:00Z; it is renewed at 2027-03-01T00:00:00Z\.\n$/,
    ]) {
      assert.match(stdout, line);
    }
    assert.doesNotMatch(stdout, /PRIVATE KEY|sesame|another/);
    assert.ok(!stdout.includes(base64(key)) && !stdout.includes('\u001B'));
  });

  test('names the right that keeps cert-manager from approving, and the ClusterRole that has it', async () => {
    const { stdout, code, asked } = await statusOf(web, asking, { mayApprove: false });
    assert.equal(code, 3);
    const account = 'system:serviceaccount:cert-manager:cert-manager approve signers externalissuers.external-issuer.io';
    assert.deepEqual(asked, [`${account}/*`, `${account}/team-a.ca`]);
    assert.match(
      stdout,
      /Why there is no certificate\n  It waits for 10m for an approver to approve it\. cert-manager's ServiceAccount/,
    );
    assert.match(
      stdout,
      /lacks the verb "approve" on resource "signers" of group "cert-manager\.io" with resourceName "externalissuers\./,
    );
    assert.match(stdout, /cert-manager-controller-approve:external-issuer-io: external-issuer crds --rbac \| kubectl apply/);
    assert.match(stdout, /cmctl approve web-1 --namespace team-a/);
  });

  test('says where cert-manager may approve and has not, and where that may not be asked', async () => {
    assert.match(
      (await statusOf(web, asking, { mayApprove: true })).stdout,
      /may approve it, and has not: it may not be running/,
    );
    assert.match(
      (await statusOf(web, asking)).stdout,
      /is not known: you may not see it \(create subjectaccessreviews: no\)\. It needs the verb/,
    );
  });

  test('goes on where the Secret, the issuer, the requests or the events may not be seen', async () => {
    const { stdout, code } = await statusOf(web, {
      ...asking,
      'secrets/team-a/web-tls': forbidden('get secrets: no'),
      'externalissuers/team-a/ca': forbidden('get externalissuers: no'),
      'certificaterequests/team-a': forbidden('list certificaterequests: no'),
      'events/team-a': forbidden('list events: no'),
    });
    assert.equal(code, 3);
    for (const what of ['get secrets', 'get externalissuers', 'list certificaterequests', 'list events']) {
      assert.match(stdout, new RegExp(`not seen: .*${what}: no`));
    }
  });

  test('says when cert-manager asks again after failures', async () => {
    const failed = certificateRequest([approvedCondition, condition('Ready', 'False', 'Failed', 'CARefused: no such name')], {
      status: { failureTime: ago(300) },
    });
    const { stdout, code } = await statusOf(web, {
      ...asking,
      'certificates/team-a/web': certificate({ conditions: [notReady], lastFailureTime: ago(300), failedIssuanceAttempts: 2 }),
      'certificaterequests/team-a/web-1': failed,
    });
    assert.equal(code, 1);
    assert.match(
      stdout,
      /It failed at 2027-01-15T07:55:00\.000Z: CARefused: no such name\. cert-manager asks again at 2027-01-15T09:55:00Z\./,
    );
    assert.match(stdout, /What to do: .* cmctl renew web --namespace team-a\n/);
  });

  test('tells of a renewal that waits beside the certificate that is there', async () => {
    const ready = condition('Ready', 'True', 'Ready', 'Certificate is up to date');
    const { stdout, code } = await statusOf(web, {
      ...asking,
      'certificates/team-a/web': certificate({ conditions: [ready, issuing], notAfter: '2027-04-01T00:00:00Z' }),
      'certificaterequests/team-a/web-1': certificateRequest([
        approvedCondition,
        pending('CAUnreachable: no answer. Next try at 2027-01-15T08:01:00Z.'),
      ]),
    });
    assert.equal(code, 0);
    assert.match(stdout, /nextTry +2027-01-15T08:01:00Z\n/);
    assert.match(
      stdout,
      /What is wrong nevertheless\n  The certificate is there, until 2027-04-01T00:00:00Z, but a new one is not\. It waits .*CAUnreachable/,
    );
  });

  test('says where cert-manager has made no request', async () => {
    const { stdout, code } = await statusOf(web, { 'certificates/team-a/web': certificate() });
    assert.equal(code, 3);
    assert.match(
      stdout,
      /There is no CertificateRequest of it: cert-manager has said nothing of it\.\n.*kubectl get pods --namespace cert-manager/,
    );
  });

  test('fails where there is no such Certificate', async () => {
    assert.match((await statusOf(web, {})).error ?? '', /^Failed: certificate web is not there/);
  });
});
