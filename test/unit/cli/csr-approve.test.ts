import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { decideAll } from '../../../src/cli/csr/decide-all.ts';
import type { Decision } from '../../../src/cli/csr/decide-state.ts';
import { decodeRequest } from '../../../src/cli/csr/decode.ts';
import { type Remark, remarksOn } from '../../../src/cli/csr/remarks.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import { now, requestField } from '../issuing/support/views.ts';
import { opensslCsr } from '../x509/tools.ts';
import { outcomeOf, type Outcome } from './support/cli.ts';
import { forbidden, holds, notFound, scriptedClient, signingRequest } from './support/scripted-cluster.ts';

const approved = holds('Approved', 'ApprovedByPerson', 'Fine.');
const denied = holds('Denied', 'DeniedByPerson', 'No\u001B[2J.');
const failed = holds('Failed', 'CARefused', 'No.');
const certificate = Buffer.from('x').toString('base64');
const conflict = new KubeApiError('Conflict', 409, 'update: it was changed');

const dangerous: Remark = { severity: 'dangerous', code: 'masters', text: 'It asks for O=system:masters\u001B[31m.' };
const unusual: Remark = { severity: 'unusual', code: 'long', text: 'It lasts for two years.' };

interface World {
  readonly requests: Readonly<Record<string, CertificateSigningRequest | readonly CertificateSigningRequest[]>>;
  readonly names?: readonly string[];
  readonly remarks?: (request: CertificateSigningRequest) => readonly Remark[];
  readonly force?: boolean;
  readonly output?: 'json' | 'text';
  /** What the API server answers to each decision, in turn; afterwards it takes them. */
  readonly refusals?: readonly Error[];
}

/** What was written, and what was sent. */
type Decided = Outcome & { readonly sent: readonly (readonly [path: string, request: CertificateSigningRequest])[] };

async function decide(
  decision: Decision,
  { requests, remarks, force = false, refusals = [], names, output = 'text' }: World,
): Promise<Decided> {
  const sent: [string, CertificateSigningRequest][] = [];
  const looks = new Map<string, number>();
  const client = scriptedClient({
    get(path) {
      const name = path.split('/')[1] ?? '';
      const found = [requests[name] ?? []].flat();
      const look = looks.get(name) ?? 0;
      looks.set(name, look + 1);
      const request = found[Math.min(look, found.length - 1)];
      if (request === undefined) throw notFound(path);
      return request;
    },
    replace(path, object) {
      sent.push([path, object as CertificateSigningRequest]);
      const refusal = refusals[sent.length - 1];
      if (refusal !== undefined) throw refusal;
      return object;
    },
  });
  const sources = { client, remarksOn: remarks ?? (() => []) };
  const options = { message: 'Because\u0007.', force, output };
  const outcome = await outcomeOf(
    async (deps) => await decideAll(decision, names ?? Object.keys(requests), options, sources, deps),
  );
  return { ...outcome, sent };
}

describe('csr approve', () => {
  test('sends the request as it was read, with one condition more, to its approval', async () => {
    const other = { type: 'external-issuer.io/Note', status: 'True' as const };
    const jane = signingRequest({ conditions: [other] }, {}, { resourceVersion: '7', annotations: { a: 'b' } });
    const { stdout, stderr, sent, error } = await decide('approve', { requests: { jane } });
    assert.equal(error, undefined);
    assert.equal(stdout, 'jane approved\n');
    assert.match(stderr, /csr get jane\n$/);
    const condition = { type: 'Approved', status: 'True', reason: 'ApprovedByPerson', message: 'Because\u0007.' };
    assert.deepEqual(sent, [
      ['certificatesigningrequests/jane/approval', { ...jane, status: { conditions: [other, condition] } }],
    ]);
  });

  const settled: readonly [string, CertificateSigningRequest, RegExp][] = [
    [
      'is approved',
      signingRequest({ conditions: [approved] }),
      /^jane is approved already; its signer has not signed it yet\.\n$/,
    ],
    ['has its certificate', signingRequest({ conditions: [approved], certificate }), /^jane has its certificate already\.\n$/],
  ];
  for (const [name, jane, text] of settled) {
    test(`has nothing to do where one ${name}`, async () => {
      const { stdout, sent, error } = await decide('approve', { requests: { jane }, remarks: () => [dangerous] });
      assert.deepEqual([sent, error], [[], undefined]);
      assert.match(stdout, text);
    });
  }

  const refused: readonly [string, CertificateSigningRequest, RegExp][] = [
    [
      'was denied',
      signingRequest({ conditions: [denied] }),
      /^Failed: jane was denied already: DeniedByPerson: No\\u001b\[2J\. That cannot be changed/,
    ],
    [
      'has failed',
      signingRequest({ conditions: [approved, failed] }),
      /^Failed: jane has failed: CARefused: No\. That cannot be changed/,
    ],
  ];
  for (const [name, jane, message] of refused) {
    test(`refuses one that ${name}, also with --force`, async () => {
      const { sent, error } = await decide('approve', { requests: { jane }, force: true });
      assert.deepEqual(sent, []);
      assert.match(error ?? '', message);
      assert.doesNotMatch(error ?? '', /--force/);
    });
  }

  test('approves none where one of several is dangerous or missing, and tells of each', async () => {
    const requests = { jane: signingRequest(), eve: signingRequest({}, {}, { name: 'eve' }) };
    const remarks: World['remarks'] = ({ metadata }) => (metadata.name === 'eve' ? [dangerous] : []);
    const { sent, error } = await decide('approve', { requests, remarks, names: ['jane', 'eve', 'bob'] });
    assert.deepEqual(sent, []);
    assert.match(
      error ?? '',
      /^Failed: eve is dangerous to approve: It asks for O=system:masters\\u001b\[31m\.\nbob is not there: /,
    );
    assert.match(error ?? '', /\nNone of the 3 requests was approved\. external-issuer csr show eve .*--force/);
  });

  test('approves what is dangerous with --force, with its remarks as warnings', async () => {
    const { sent, stderr, error } = await decide('approve', {
      requests: { jane: signingRequest() },
      remarks: () => [dangerous, unusual],
      force: true,
    });
    assert.equal(error, undefined);
    assert.equal(sent.length, 1);
    assert.match(stderr, /^warning: jane: It asks for O=system:masters\\u001b\[31m\.\nnote: jane: It lasts for two years\.\n/);
  });

  test('finds by itself what is dangerous', async () => {
    const request = requestField(opensslCsr({ subject: 'O = system:masters\nCN = jane' }));
    const remarks: World['remarks'] = (each) => remarksOn(decodeRequest(each, now));
    const { sent, error } = await decide('approve', { requests: { jane: signingRequest({}, { request }) }, remarks });
    assert.deepEqual(sent, []);
    assert.match(error ?? '', /^Failed: jane is dangerous to approve: .*system:masters/);
    const fine = requestField(opensslCsr({ subject: 'O = developers\nCN = jane' }));
    assert.equal(
      (await decide('approve', { requests: { jane: signingRequest({}, { request: fine }) }, remarks })).sent.length,
      1,
    );
  });

  test('tells what is unusual, and approves it', async () => {
    const { sent, stderr } = await decide('approve', { requests: { jane: signingRequest() }, remarks: () => [unusual] });
    assert.equal(sent.length, 1);
    assert.match(stderr, /^note: jane: It lasts for two years\.\n/);
  });

  test('reads a request again that was changed meanwhile, and judges it again', async () => {
    const changed = signingRequest({}, {}, { resourceVersion: '2' });
    const fine = await decide('approve', { requests: { jane: [signingRequest(), changed] }, refusals: [conflict] });
    assert.deepEqual(
      fine.sent.map(([, { metadata }]) => metadata.resourceVersion),
      ['1', '2'],
    );
    assert.equal(fine.stdout, 'jane approved\n');
    const remarks: World['remarks'] = ({ metadata }) => (metadata.resourceVersion === '2' ? [dangerous] : []);
    const turned = await decide('approve', { requests: { jane: [signingRequest(), changed] }, refusals: [conflict], remarks });
    assert.equal(turned.sent.length, 1);
    assert.match(turned.error ?? '', /^Failed: jane was changed while it was decided about/);
    const another = { ...changed, metadata: { ...changed.metadata, uid: 'uid-2' } };
    const other = { requests: { jane: [signingRequest(), another] }, refusals: [conflict], force: true };
    const forced = await decide('approve', other);
    assert.match(forced.error ?? '', /look at it again, and repeat$/);
    const done = signingRequest({ conditions: [approved] });
    const late = await decide('approve', { requests: { jane: [signingRequest(), done] }, refusals: [conflict] });
    assert.match(late.stdout, /approved already/);
  });

  test('tells what became of each as json', async () => {
    const requests = { jane: signingRequest(), joe: signingRequest({ conditions: [approved] }, {}, { name: 'joe' }) };
    const { stdout } = await decide('approve', { requests, names: ['jane', 'joe'], output: 'json' });
    assert.match(stdout, /"jane",\s+"result": "approved"[^]*"joe",\s+"result": "unchanged"/);
  });

  test('gives up on a request that is changed all the time', async () => {
    const refusals = Array.from({ length: 9 }, () => conflict);
    const { sent, error } = await decide('approve', { requests: { jane: signingRequest() }, refusals });
    assert.equal(sent.length, 4);
    assert.match(error ?? '', /^Conflict: /);
  });

  const rights: readonly [string, string, string, RegExp][] = [
    [
      'to update approvals',
      'externalclusterissuers.external-issuer.io/ca',
      'User "bob" cannot update resource "certificatesigningrequests/approval" in API group "certificates.k8s.io" at the cluster scope',
      /verb "update" on "certificatesigningrequests\/approval" of group "certificates\.k8s\.io"\. ClusterRole external-issuer-csr-approver has it/,
    ],
    [
      'to approve for the signer',
      'externalclusterissuers.external-issuer.io/ca',
      'user not permitted to approve requests with signerName "externalclusterissuers.external-issuer.io/ca"',
      /verb "approve" on resource "signers" .* resourceName "externalclusterissuers\.external-issuer\.io\/ca" \(or ".*\/\*", for all of that domain\)\. ClusterRole external-issuer-csr-approver has it/,
    ],
    [
      'to approve for a signer of Kubernetes',
      'kubernetes.io/kube-apiserver-client',
      'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
      /resourceName "kubernetes\.io\/kube-apiserver-client" \(or "kubernetes\.io\/\*", .*\)\. It takes .* for this signer, .*: an administrator makes a ClusterRole with both/,
    ],
  ];
  for (const [name, signerName, answer, message] of rights) {
    test(`names the right that is missing ${name}`, async () => {
      const jane = signingRequest({}, { signerName });
      const { error } = await decide('approve', { requests: { jane }, refusals: [forbidden(answer)] });
      assert.match(error ?? '', message);
      assert.ok(error?.includes(answer));
    });
  }
});

describe('csr deny', () => {
  test('sends the denial with its message, also of what is dangerous', async () => {
    const { stdout, sent } = await decide('deny', { requests: { jane: signingRequest() }, remarks: () => [dangerous] });
    assert.equal(stdout, 'jane denied\n');
    const condition = { type: 'Denied', status: 'True', reason: 'DeniedByPerson', message: 'Because\u0007.' };
    assert.deepEqual(sent[0]?.[1].status, { conditions: [condition] });
  });

  test('has nothing to do where one is denied', async () => {
    const { stdout, sent, error } = await decide('deny', { requests: { jane: signingRequest({ conditions: [denied] }) } });
    assert.deepEqual([sent, error], [[], undefined]);
    assert.match(stdout, /^jane was denied already: DeniedByPerson: No\\u001b\[2J\.\n$/);
  });

  test('refuses one that is approved or has its certificate', async () => {
    for (const status of [{ conditions: [approved] }, { conditions: [approved], certificate }]) {
      const { sent, error } = await decide('deny', { requests: { jane: signingRequest(status) } });
      assert.deepEqual(sent, []);
      assert.match(
        error ?? '',
        /^Failed: jane (?:is approved already, and an approval cannot be taken back|has its certificate already)/,
      );
    }
  });
});
