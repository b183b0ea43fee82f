import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readSigningState } from '../../../src/issuing/signing-state.ts';
import type { Issued, IssuerBroken, PendingAtCA, Retry } from '../../../src/signers/signer.ts';
import { certificateRequest, conditionsOf } from './support/certificate-requests.ts';
import { issuedAnswer } from './support/issued.ts';
import { healthy } from './support/fake-signer.ts';
import { createRequestWorld, type RequestWorld } from './support/request-world.ts';
import { requestField } from './support/views.ts';

const pending: PendingAtCA = { outcome: 'pending', id: 'order-7', afterMs: 120_000 };
const unavailable: Retry = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' };
const refused: IssuerBroken = { outcome: 'issuer-broken', code: 'AuthError', message: 'The CA answered 401.' };

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

/** A request that the CA has taken under `order-7`, written and seen. */
async function takenByCA(): Promise<RequestWorld> {
  const world = createRequestWorld();
  world.signer.outcomes.push(pending);
  world.expectApply();
  assert.deepEqual(await world.reconcile(), { requeueAfterMs: 120_000 });
  world.watch();
  assert.deepEqual(world.signer.callsNow(), ['sign uid-1']);
  return world;
}

function idIn({ object }: RequestWorld): string | undefined {
  const { message } = conditionsOf(object)['external-issuer.io/Signing'] ?? {};
  return readSigningState(message, object.spec.request)?.caRequestId;
}

describe('a request that the CA decides about later', () => {
  test('has the id of the CA in its status before it is polled, and tells nobody', async () => {
    const world = await takenByCA();
    assert.equal(idIn(world), 'order-7');
    assert.match(world.ready() ?? '', /^Pending: PendingAtCA: /);
    assert.deepEqual(world.told, []);
    world.done();
  });

  test('is polled, and written only when there is news', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push(pending, { ...pending, afterMs: 900_000 }, issued);
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 120_000 });
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 900_000 });
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.signer.calls, ['poll order-7', 'poll order-7', 'poll order-7']);
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });

  test('is polled before the watch shows what was written', async () => {
    const world = await takenByCA();
    const { signing: _signing, ...view } = world.view ?? assert.fail();
    world.view = view;
    world.signer.outcomes.push(pending);
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7']);
    world.done();
  });

  test('is polled by the controller that comes after', async () => {
    const world = await takenByCA();
    world.restart();
    world.signer.outcomes.push(pending, issued);
    await world.reconcile();
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7', 'poll order-7']);
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });

  test('is submitted again, with the same idempotency key, where the controller ended before it wrote the id', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(pending);
    world.expectLostApply();
    await assert.rejects(world.reconcile());
    world.restart();
    world.signer.outcomes.push(pending);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['sign uid-1', 'sign uid-1']);
    assert.equal(idIn(world), 'order-7');
    world.done();
  });

  test('is not submitted again where only the write of the id was lost', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(pending);
    world.expectLostApply();
    await assert.rejects(world.reconcile());
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 120_000 });
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    world.done();
  });

  test('is polled where the id was written and only the answer to that was lost', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(pending);
    world.expectLostApply();
    await assert.rejects(world.reconcile());
    world.object = (await takenByCA()).object;
    world.watch();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 120_000 });
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['sign uid-1', 'poll order-7']);
    world.done();
  });

  test('keeps its id when a poll fails, in the status too: it is not ordered twice', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push(unavailable);
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Pending: CAUnavailable/);
    assert.equal(idIn(world), 'order-7');
    world.watch();
    world.signer.outcomes.push(pending);
    world.expectApply();
    await world.reconcile();
    world.restart();
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7', 'poll order-7', 'poll order-7']);
    world.done();
  });

  test('keeps its id while its issuer is away', async () => {
    const world = await takenByCA();
    const { issuer } = world;
    world.issuer = undefined;
    world.expectApply();
    await world.reconcile();
    assert.equal(idIn(world), 'order-7');
    world.issuer = issuer;
    world.restart();
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7']);
    world.done();
  });

  test('follows the CA to another id', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push({ ...pending, id: 'order-8' }, pending);
    world.expectApply();
    await world.reconcile();
    assert.equal(idIn(world), 'order-8');
    world.watch();
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7', 'poll order-8']);
    world.done();
  });

  test('is submitted anew where its CSR was changed, which no webhook forbade', async () => {
    const world = await takenByCA();
    const other = requestField(Buffer.from(world.object.spec.request, 'base64').toString().trimEnd());
    world.change({ spec: certificateRequest({ spec: { request: other } }).spec });
    world.watch();
    world.signer.outcomes.push(pending);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    world.done();
  });

  test('is submitted where the signer cannot poll', async () => {
    const world = await takenByCA();
    const { poll: _poll, ...signer } = world.signer;
    world.pool.install('issuer-uid', 'another hash', signer, {
      retry: { budgetMs: 0, minDelayMs: 1000, maxDelayMs: 1000 },
      maxInFlight: 1,
      strict: false,
      policy: { allowSystemMasters: false },
    });
    world.pool.checkPassed('issuer-uid');
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['close', 'sign uid-1']);
    world.done();
  });

  test('keeps its id while the credentials are refused, and is polled when a check has passed', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push(refused);
    world.signer.checks.push(refused);
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Pending: IssuerNotReady: The issuer is broken: The CA answered 401\./);
    assert.equal(idIn(world), 'order-7');
    world.watch();
    await world.reconcile();
    world.pool.checkPassed('issuer-uid');
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['poll order-7', 'check', 'poll order-7']);
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });

  test('fails alone where only its poll is refused', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push({ ...refused, requestSuspected: true });
    world.signer.checks.push(healthy);
    world.expectApply();
    await world.reconcile();
    assert.equal(world.ready(), 'Failed: AuthError: The CA answered 401.');
    assert.equal(world.pool.circuitOf('issuer-uid').open(), undefined);
    world.done();
  });

  test('fails where the CA refuses it at last', async () => {
    const world = await takenByCA();
    world.signer.outcomes.push({ outcome: 'failed', code: 'Rejected', message: 'A registrar said no.' });
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.ready(), 'Failed: Rejected: A registrar said no.');
    assert.equal(idIn(world), undefined);
    world.done();
  });
});
