import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { waitFor, failed } from '../../../src/issuing/conclude.ts';
import type { Issued, SignOutcome } from '../../../src/signers/signer.ts';
import { opensslCsr } from '../x509/tools.ts';
import { issuedAnswer } from './support/issued.ts';
import { approvedByPerson, signingRequest } from './support/signing-requests.ts';
import { createSigningRequestWorld, type SigningRequestWorld } from './support/signing-request-world.ts';
import { now, readyCondition, issuerView, requestField } from './support/views.ts';

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

const unavailable: SignOutcome = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answers 503.' };
const pendingAtCA: SignOutcome = { outcome: 'pending', id: 'order-7', afterMs: 5000 };
const signingOver = /^external-issuer\.io\/Signing=False Finished: /;
const afterApproval = / Kubernetes deletes an approved request that has no certificate after 24 hours\.$/;

function reasons({ told }: SigningRequestWorld): readonly string[] {
  return told.splice(0).map(({ type, reason }) => `${type} ${reason}`);
}

async function writtenOnce(world: SigningRequestWorld): Promise<void> {
  world.expectApply();
  await world.reconcile();
  world.done();
}

describe('a CertificateSigningRequest', () => {
  test('gets its certificate in one write, which touches no condition', async () => {
    const world = createSigningRequestWorld();
    world.signer.outcomes.push(issued);
    await writtenOnce(world);
    const { certificate = '' } = world.object?.status ?? {};
    assert.match(Buffer.from(certificate, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
    assert.deepEqual(world.conditions(), ['Approved=True KubectlApprove: approved']);
    assert.deepEqual([world.concluded, reasons(world)], [['issued'], ['Normal Issued']]);
    world.watch();
    assert.equal(world.view, undefined);
  });

  test('is not looked at for its guard before it is approved', async () => {
    const world = createSigningRequestWorld(signingRequest({ status: {} }));
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 30_000 });
    assert.deepEqual([world.guarded, world.told], [[], []]);
  });

  test('that nobody decides about tells once how to approve it and when it is deleted', async () => {
    const world = createSigningRequestWorld(signingRequest({ status: {} }));
    await world.clock.advance(30_000);
    await world.reconcile();
    await world.reconcile();
    assert.equal(world.told.length, 1);
    const { note = '', reason } = world.told[0] ?? {};
    assert.equal(reason, 'WaitingForApproval');
    assert.match(note, /kubectl certificate approve jane.*ClusterRole external-issuer-csr-approver/);
    assert.match(note, / Kubernetes deletes a request about which nobody decides after 24 hours\.$/);
  });

  test('that may not use its issuer fails, and hears nothing of the issuer', async () => {
    for (const issuer of [issuerView(), undefined]) {
      const world = createSigningRequestWorld();
      world.issuer = issuer;
      world.refusal = failed('DeniedReference', 'User "jane" may not.');
      await writtenOnce(world);
      assert.deepEqual(world.conditions(), [
        'Approved=True KubectlApprove: approved',
        'Failed=True DeniedReference: User "jane" may not.',
      ]);
      assert.deepEqual([world.concluded, reasons(world), world.signer.calls], [['failed'], ['Warning DeniedReference'], []]);
    }
  });

  test('of which nobody knows whether it may use its issuer waits and asks no CA', async () => {
    const world = createSigningRequestWorld();
    world.refusal = waitFor('AccessReviewFailed', 'Not known.', now, 30_000);
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 30_000 });
    await world.reconcile();
    assert.deepEqual([reasons(world), world.signer.calls, world.applied], [['Warning AccessReviewFailed'], [], []]);
    world.refusal = undefined;
    world.signer.outcomes.push(issued);
    await writtenOnce(world);
  });

  test('tells once for each reason and cause why it waits for its issuer, and writes nothing', async () => {
    const world = createSigningRequestWorld();
    world.issuer = undefined;
    await world.reconcile();
    await world.reconcile();
    const [missing] = world.told;
    assert.match(missing?.note ?? '', /where the name is a mistake, make the request again with another spec\.signerName\./);
    assert.match(missing?.note ?? '', afterApproval);
    assert.deepEqual(reasons(world), ['Warning IssuerNotFound']);
    for (const message of ['AuthError: no', 'AuthError: no', 'ConfigError: no']) {
      world.issuer = issuerView({ ready: readyCondition({ status: 'False', message }) });
      await world.reconcile();
    }
    assert.deepEqual(reasons(world), ['Warning IssuerNotReady', 'Warning IssuerNotReady']);
    assert.deepEqual(world.applied, []);
  });

  test('is told its next try again when that moves, and keeps when it was first tried, once, so that a restart does not lengthen its retries', async () => {
    const world = createSigningRequestWorld();
    world.signer.outcomes.push(unavailable, unavailable);
    await writtenOnce(world);
    assert.match(
      world.conditions()[1] ?? '',
      /^external-issuer\.io\/Signing=True CAUnavailable: \{"firstTry":"2027-01-15T08:00/,
    );
    world.watch();
    await world.clock.advance(60_000);
    await world.reconcile();
    assert.match(world.told.at(-1)?.note ?? '', /Next try at 2027-01-15T08:01/);
    assert.deepEqual([reasons(world), world.applied.length], [['Warning CAUnavailable', 'Warning CAUnavailable'], 1]);
    await world.clock.advance(86_400_000);
    world.restart();
    world.signer.outcomes.push(unavailable);
    await writtenOnce(world);
    assert.match(world.conditions()[1] ?? '', /^Failed=True CAUnavailable: Given up after 1d1m/);
    assert.match(world.conditions()[2] ?? '', signingOver);
  });

  test('that the CA has is polled by its id after a restart, and told once that it is there', async () => {
    const world = createSigningRequestWorld();
    world.signer.outcomes.push(pendingAtCA, pendingAtCA, issued);
    await writtenOnce(world);
    assert.match(world.conditions()[1] ?? '', /Signing=True PendingAtCA: .*"caRequestId":"order-7"/);
    assert.match(world.told[0]?.note ?? '', /accepted the request as "order-7".*24 hours\.$/);
    assert.deepEqual(reasons(world), ['Normal PendingAtCA']);
    world.watch();
    await world.reconcile();
    assert.deepEqual(reasons(world), []);
    world.restart();
    await writtenOnce(world);
    assert.deepEqual(world.signer.calls, ['sign uid-1', 'poll order-7', 'poll order-7']);
    assert.match(world.conditions()[1] ?? '', signingOver);
    assert.ok(!world.told.some(({ note }) => afterApproval.test(note)), 'the end of a request says nothing of waiting');
  });

  test('keeps what another changed meanwhile: the write is repeated on the newer version without the CA', async () => {
    const world = createSigningRequestWorld();
    world.signer.outcomes.push(issued);
    world.change({ metadata: { ...signingRequest().metadata, resourceVersion: '11', labels: { a: 'b' } } });
    world.expectApply();
    world.expectGet();
    world.expectApply();
    await world.reconcile();
    world.done();
    assert.notEqual(world.object?.status?.certificate, undefined);
    assert.deepEqual([world.signer.calls, world.concluded], [['sign uid-1'], ['issued']]);
  });

  test('whose write was done though its answer was lost counts as issued', async () => {
    const world = createSigningRequestWorld();
    world.signer.outcomes.push(issued);
    world.expectLostAnswer();
    world.expectGet();
    await world.reconcile();
    world.done();
    assert.deepEqual(world.concluded, ['issued']);
  });

  const denied = { type: 'Denied', status: 'True', reason: 'No', message: 'no' } as const;
  const meanwhile: readonly (readonly [string, (world: SigningRequestWorld) => void])[] = [
    ['denied', (world) => world.change({ status: { conditions: [approvedByPerson, denied] } })],
    ['deleted', (world) => (world.object = undefined)],
    ['made again', (world) => world.change({ metadata: { ...signingRequest().metadata, uid: 'uid-2' } })],
    [
      'signed by another controller',
      (world) => world.change({ status: { conditions: [approvedByPerson], certificate: 'eA==' } }),
    ],
  ];
  for (const [what, change] of meanwhile) {
    test(`that is ${what} while the CA signs gets no certificate from us`, async () => {
      const world = createSigningRequestWorld();
      world.signer.outcomes.push(() => {
        change(world);
        return issued;
      });
      world.expectApply();
      if (world.object !== undefined && what !== 'deleted') world.expectGet();
      await world.reconcile();
      world.done();
      assert.deepEqual([world.concluded, world.told], [[], []]);
      assert.ok(['', 'eA=='].includes(world.object?.status?.certificate ?? ''));
    });
  }

  test('for system:masters is refused unless the issuer allows it', async () => {
    const csr = requestField(opensslCsr({ subject: 'O = system:masters\nCN = jane' }));
    const world = createSigningRequestWorld(signingRequest({ spec: { request: csr } }));
    await writtenOnce(world);
    assert.match(world.conditions()[1] ?? '', /^Failed=True SystemMastersRefused: .*spec\.policy\.allowSystemMasters/);
    assert.deepEqual(world.signer.calls, []);
    const allowed = createSigningRequestWorld(signingRequest({ spec: { request: csr } }));
    allowed.policy = { allowSystemMasters: true };
    allowed.restart();
    allowed.signer.outcomes.push({ outcome: 'failed', code: 'CARejected', message: 'asked' });
    await writtenOnce(allowed);
    assert.deepEqual(allowed.signer.calls, ['sign uid-1']);
  });

  const refused: readonly (readonly [string, Parameters<typeof signingRequest>[0], RegExp])[] = [
    [
      'whose signer name has no namespace',
      { spec: { signerName: 'externalissuers.external-issuer.io/ca' } },
      /^Failed=True IssuerNotFound: spec\.signerName "externalissuers\.external-issuer\.io\/ca" names no issuer/,
    ],
    [
      'whose CSR asks for other usages',
      {
        spec: {
          request: requestField(opensslCsr({ extensions: 'extendedKeyUsage = serverAuth\nkeyUsage = digitalSignature' })),
        },
      },
      /^Failed=True CsrDiffersFromSpec: The ExtendedKeyUsage extension of the CSR differs from spec\.usages/,
    ],
    [
      'whose CSR asks for a CA without the annotation',
      { spec: { request: requestField(opensslCsr({ extensions: 'basicConstraints = CA:TRUE' })) } },
      /^Failed=True CsrDiffersFromSpec: .*the annotation experimental\.cert-manager\.io\/request-is-ca says false/,
    ],
    [
      'whose annotation asks for too short a time',
      { metadata: { annotations: { 'experimental.cert-manager.io/request-duration': '599s' } } },
      /^Failed=True InvalidDuration: the annotation experimental\.cert-manager\.io\/request-duration asks for 9m59s/,
    ],
    ['that is no CSR', { spec: { request: 'bm9uZQ==' } }, /^Failed=True CsrMalformed/],
  ];
  for (const [what, overrides, condition] of refused) {
    test(`${what} fails with a reason, and no CA is asked`, async () => {
      const world = createSigningRequestWorld(signingRequest(overrides));
      await writtenOnce(world);
      assert.match(world.conditions()[1] ?? '', condition);
      assert.deepEqual(world.signer.calls, []);
    });
  }
});
