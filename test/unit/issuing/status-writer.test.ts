import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { Issued } from '../../../src/signers/signer.ts';
import { certificateRequest } from './support/certificate-requests.ts';
import { issuedAnswer } from './support/issued.ts';
import { createRequestWorld, type RequestWorld } from './support/request-world.ts';
import { apiError } from './support/scripted-client.ts';
import { requestField } from './support/views.ts';

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

function reasonsTold({ told }: RequestWorld): readonly string[] {
  return told.map(({ reason }) => reason);
}

describe('a status that the API server refuses for good', () => {
  const refusals: readonly (readonly [number, string, RegExp])[] = [
    [400, 'invalid \u001b[31m object', /It says: invalid \\u001b\[31m object$/],
    [413, 'Request entity too large:\n limit is 3145728', /It says: Request entity too large: limit is 3145728$/],
    [422, `is invalid: ${'x'.repeat(5000)}`, /It says: is invalid: x{187}…$/],
    [500, 'etcdserver: request is too large', /It says: etcdserver: request is too large$/],
    [500, 'trying to send message larger than max (2097429 vs. 2097152)', /larger than max/],
  ];
  for (const [status, words, message] of refusals) {
    test(`by ${status} and "${words.slice(0, 40)}" ends the request as Failed, once`, async () => {
      const world = createRequestWorld();
      world.signer.outcomes.push(issued);
      world.expectLostApply(new KubeApiError('Other', status, words));
      world.expectApply();
      assert.deepEqual(await world.reconcile(), {});
      assert.match(world.ready() ?? '', /^Failed: StatusRefused: The API server refuses what was to be written\./);
      assert.match(world.ready() ?? '', message);
      assert.equal(world.object.status?.failureTime, '2027-01-15T08:00:00Z');
      assert.deepEqual([world.concluded, reasonsTold(world)], [['failed'], ['StatusRefused']]);
      world.done();
    });
  }

  test('is tried again where the refusal cannot be written either, without asking the CA', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    const invalid = new KubeApiError('Other', 422, 'is invalid');
    for (const error of [invalid, invalid, invalid]) world.expectLostApply(error);
    await assert.rejects(world.reconcile(), invalid);
    await assert.rejects(world.reconcile(), invalid);
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Failed: StatusRefused/);
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    world.done();
  });

  test('is not one that the API server has an inner error about', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    world.expectLostApply(new KubeApiError('Other', 500, 'something broke'));
    await assert.rejects(world.reconcile(), { status: 500 });
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });
});

describe('a status write that was done, with its answer lost', () => {
  /** The write takes effect, and nobody is told: the next one meets a newer version. */
  async function withLostAnswer(world: RequestWorld): Promise<void> {
    world.expect('apply', (sent) => {
      const { status } = sent as RequestWorld['object'];
      world.change({ status: { ...world.object.status, ...status } });
      throw apiError('Unreachable');
    });
    await assert.rejects(world.reconcile(), { code: 'Unreachable' });
    assert.deepEqual([world.concluded, world.told], [[], []]);
    world.expectApply();
    world.expectGet();
  }

  test('counts as written, and is told once', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    await withLostAnswer(world);
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual([world.concluded, reasonsTold(world)], [['issued'], ['Issued']]);
    world.done();
  });

  test('counts as written where it was a failure', async () => {
    const world = createRequestWorld();
    world.object = certificateRequest({ spec: { request: requestField('nonsense') } });
    world.watch();
    await withLostAnswer(world);
    await world.reconcile();
    assert.deepEqual([world.concluded, reasonsTold(world)], [['failed'], ['CsrMalformed']]);
    world.done();
  });

  test('does not count where another certificate is there', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    await withLostAnswer(world);
    world.change({ status: { ...world.object.status, certificate: 'Zm9yZWlnbg==' } });
    await world.reconcile();
    assert.deepEqual([world.concluded, world.told], [[], []]);
    world.done();
  });
});
