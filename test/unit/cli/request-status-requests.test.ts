import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holds, signingRequest } from './support/scripted-cluster.ts';
import {
  approvedCondition,
  certificateRequest,
  condition,
  issuedCertificate,
  issuer,
  pending,
  statusOf,
  type Things,
  waits,
} from './support/status-cluster.ts';

const web1 = { kind: 'certificaterequest', namespace: 'team-a', name: 'web-1' } as const;
const jane = { kind: 'csr', name: 'jane' } as const;

describe('request status certificaterequest', () => {
  const ours = { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'ca' };
  const cases: readonly [string, Things, number, RegExp][] = [
    [
      'its certificate',
      { request: certificateRequest([], { status: { certificate: issuedCertificate } }) },
      0,
      /serial +1a2b\n.*\nThe request has its certificate\.\n$/s,
    ],
    [
      'a denial',
      { request: certificateRequest([condition('Denied', 'True', 'policy', 'Not\u001B[2J here')]) },
      1,
      /It was denied by an approver: Not\\u001b\[2J here\./,
    ],
    [
      'a name that would write to the terminal',
      {
        request: certificateRequest([condition('Denied', 'True', 'policy', 'No.')], {
          metadata: { annotations: { 'cert-manager.io/certificate-name': 'we\u001B[2Jb' } },
        }),
      },
      1,
      /cmctl renew 'we\\u001b\[2Jb' --namespace team-a/,
    ],
    [
      'that it is invalid',
      { request: certificateRequest([condition('InvalidRequest', 'True', 'x', 'Bad.')]) },
      1,
      /refused as invalid: Bad\./,
    ],
    [
      'a missing issuer',
      { request: certificateRequest([approvedCondition], { spec: { issuerRef: { ...ours, name: 'none' } } }) },
      1,
      /ExternalIssuer "none" in namespace "team-a" does not exist/,
    ],
    [
      'a group that is not ours',
      { request: certificateRequest([approvedCondition], { spec: { issuerRef: { ...ours, group: 'cert-manager.io' } } }) },
      1,
      /issuerRef\.group is "cert-manager\.io".*What to do: kubectl patch certificate web --namespace team-a .*"group":"external-issuer\.io"/s,
    ],
    [
      'an issuer that is not ready',
      { issuer: issuer({ status: 'False', message: 'CAUnreachable: no' }) },
      3,
      /Ready: False, Checked: CAUnreachable: no\n.*which is not ready\.\n  What to do: mend what is said of the issuer above/s,
    ],
    [
      'the controller it waits for',
      {},
      3,
      /no controller has looked at it\.\n  What to do: see whether a controller runs: external-issuer doctor\n/,
    ],
    [
      'what the CA takes its time for',
      { request: certificateRequest([approvedCondition, pending('PendingAtCA: the CA decides later.')]) },
      3,
      /PendingAtCA: the CA decides later\.\n  What to do: look for the request at the CA/,
    ],
    [
      "the words of cert-manager's own issuers",
      {
        request: certificateRequest([approvedCondition, pending('Waiting on order')], {
          spec: { issuerRef: { name: 'le', kind: 'ClusterIssuer' } },
        }),
        'clusterissuers/le': {
          metadata: { name: 'le' },
          status: { conditions: [condition('Ready', 'False', 'X', 'no account')] },
        },
      },
      3,
      /ClusterIssuer le\n  Ready: False .*no account\n.*It is approved, and waits: Waiting on order\. Its issuer is not ready\./s,
    ],
  ];
  for (const [name, { request = certificateRequest(), issuer: itsIssuer = issuer(), ...more }, code, text] of cases) {
    test(`tells of ${name}`, async () => {
      const things = { 'certificaterequests/team-a/web-1': request, 'externalissuers/team-a/ca': itsIssuer, ...more };
      const found = await statusOf(web1, things, { mayApprove: true });
      assert.equal(found.error, undefined);
      assert.equal(found.code, code);
      assert.match(found.stdout, text);
      assert.ok(!found.stdout.includes('\u001B'));
    });
  }

  test('writes the same for programs, without the private condition', async () => {
    const ofController = condition('external-issuer.io/Signing', 'True', 'x', '{"csr":"…"}');
    const things = { ...waits, 'certificaterequests/team-a/web-1': certificateRequest([approvedCondition, ofController]) };
    const { stdout, code } = await statusOf(web1, things, { output: 'json' });
    const { objects, verdict } = JSON.parse(stdout) as {
      objects: { kind: string; conditions: object[] }[];
      verdict: { state: string };
    };
    assert.equal(code, 3);
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      ['CertificateRequest', 'ExternalIssuer'],
    );
    assert.equal(objects[0]?.conditions.length, 1);
    assert.equal(verdict.state, 'waiting');
    assert.match((await statusOf(web1, things, { output: 'yaml' })).stdout, /^objects:\n  - kind: CertificateRequest\n/);
  });
});

describe('request status csr', () => {
  const approved = holds('Approved', 'ApprovedByPerson', 'Fine.');
  const ready = { 'externalclusterissuers/ca': { ...issuer(), metadata: { name: 'ca', generation: 1 } } };
  const cases: readonly [string, object, Things, number, RegExp][] = [
    [
      'its certificate',
      signingRequest({ conditions: [approved], certificate: issuedCertificate }),
      ready,
      0,
      /serial +1a2b\n.*\nThe request has its certificate\.\n$/s,
    ],
    [
      'who can approve it',
      signingRequest(),
      ready,
      3,
      /names +DNS:a\.example\n.*jane waits to be approved\. .*external-issuer csr approve jane/s,
    ],
    [
      'a denial',
      signingRequest({ conditions: [holds('Denied', 'DeniedByPerson', 'No\u001B[2J')] }),
      ready,
      1,
      /It was denied: DeniedByPerson: No\\u001b\[2J\./,
    ],
    [
      'a failure',
      signingRequest({ conditions: [approved, holds('Failed', 'CARefused', 'No.')] }),
      ready,
      1,
      /It has failed: CARefused: No\./,
    ],
    [
      'a missing issuer',
      signingRequest({ conditions: [approved] }),
      {},
      1,
      /ExternalClusterIssuer ca\n  it does not exist\n.*ExternalClusterIssuer "ca" does not exist\.\n  What to do: create the issuer/s,
    ],
    [
      'another signer',
      signingRequest({ conditions: [approved] }, { signerName: 'kubernetes.io/kube-apiserver-client' }),
      {},
      3,
      /waits for its signer kubernetes\.io\/kube-apiserver-client\./,
    ],
    ['a CSR that cannot be read', signingRequest({}, { request: '!' }), ready, 3, /csr +cannot be used: /],
  ];
  for (const [name, request, more, code, text] of cases) {
    test(`tells of ${name}`, async () => {
      const found = await statusOf(jane, { 'certificatesigningrequests/jane': request, ...more });
      assert.equal(found.error, undefined);
      assert.equal(found.code, code);
      assert.match(found.stdout, text);
      assert.ok(!found.stdout.includes('\u001B'));
    });
  }
});
