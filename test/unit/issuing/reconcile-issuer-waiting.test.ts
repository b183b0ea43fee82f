import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createIssuerWorld } from './support/issuer-world.ts';
import { apiError } from './support/scripted-client.ts';

/** As an earlier leader left it. */
const readyStatus = {
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Checked', message: 'The CA answers.', observedGeneration: 1 } as const,
  ],
};

describe('an issuer that was Ready under an earlier leader', () => {
  test('wakes the requests that wait for its signer though its status cannot be written', async () => {
    const world = createIssuerWorld();
    world.object = { ...world.object, status: readyStatus };
    world.watch();
    assert.equal(world.queueRequest('waiting'), 'queued');
    world.signer.checks.push({ outcome: 'healthy', message: 'Another CA answers.' });
    world.expect('apply', () => {
      throw apiError('Other');
    });
    await assert.rejects(world.reconcile());
    assert.deepEqual(world.wokenRequests, ['waiting']);
    assert.equal(world.queueRequest('waiting'), 'signer');
  });

  test('gives no request a signer that was not checked since it was opened', async () => {
    const world = createIssuerWorld();
    world.object = { ...world.object, status: readyStatus };
    world.watch();
    world.signer.checks.push({ outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' });
    world.expectApply();
    await world.reconcile();
    assert.equal(world.queueRequest('early'), 'queued');
    assert.deepEqual(world.wokenRequests, []);
  });
});
