import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Caveat } from '../../../src/signers/signer.ts';
import { healthy } from './support/fake-signer.ts';
import { checked, createIssuerWorld, type IssuerWorld } from './support/issuer-world.ts';

const plaintext: Caveat = { code: 'Plaintext', message: 'Everything goes over http://.' };

async function withCaveat(): Promise<IssuerWorld> {
  const world = createIssuerWorld();
  world.signer.caveats.push(plaintext);
  world.signer.checks.push(healthy);
  world.expectApply();
  world.expectApply();
  await world.reconcile();
  world.watch();
  return world;
}

describe('the caveats of a signer', () => {
  test('are in the status after what was found, and in one Warning event when it is opened', async () => {
    const world = await withCaveat();
    assert.equal(world.ready(), 'True Checked: The CA answers. Everything goes over http://.');
    const told = { type: 'Warning', reason: 'Plaintext', note: plaintext.message } as const;
    assert.deepEqual(
      world.told.filter(({ reason }) => reason === 'Plaintext'),
      [told],
    );
    world.signer.checks.push(healthy);
    await world.reconcile();
    assert.equal(world.told.filter(({ reason }) => reason === 'Plaintext').length, 1);
    world.done();
  });

  test('are in the status of an issuer that does not work too', async () => {
    const world = await withCaveat();
    world.signer.checks.push({ outcome: 'issuer-broken', code: 'AuthError', message: 'The CA answered 401.' });
    world.expectApply();
    await world.reconcile();
    assert.equal(world.ready(), 'False Failed: AuthError: The CA answered 401. Everything goes over http://.');
  });

  test('are not cut off by a long message, which keeps its code', async () => {
    const world = await withCaveat();
    const warning = { code: 'KeyExpiresSoon', message: `The key ${'k'.repeat(300)} expires.` };
    world.signer.checks.push({ outcome: 'healthy', message: `The CA ${'x'.repeat(900)} answers.`, warnings: [warning] });
    world.expectApply();
    await world.reconcile();
    world.watch();
    const ready = world.ready() ?? '';
    assert.match(ready, /^True Checked: The CA x+… The key k{300} expires\. Everything goes over http:\/\/\.$/);
    assert.equal(ready.length, 'True Checked: '.length + 1024);
    const long = { code: 'Long', message: 'w'.repeat(1000) };
    world.signer.checks.push({ outcome: 'healthy', message: `The CA ${'x'.repeat(900)} answers.`, warnings: [long] });
    world.expectApply();
    await world.reconcile();
    world.watch();
    assert.match(world.ready() ?? '', /^True Checked: The CA x+… w+… Everything goes over http:\/\/\.$/);
    world.signer.checks.push({ outcome: 'issuer-broken', code: 'AuthError', message: `The CA ${'\n\u0007'.repeat(900)}` });
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^False Failed: AuthError: The CA .*… Everything goes over http:\/\/\.$/);
  });

  test('are gone with the signer', async () => {
    const world = await withCaveat();
    world.respec({ signerType: 'fake', fake: { level: 12 } });
    world.expectApply();
    await world.reconcile();
    assert.doesNotMatch(world.ready() ?? '', /http:/);
  });
});

test('a check may take as long as its signer says', async () => {
  const world = await checked();
  world.opening = { ok: true, value: { ...world.signer, callTimeoutMs: 5000 } };
  world.respec({ signerType: 'fake', fake: { level: 4 } });
  world.signer.checks.push(async () => await new Promise<never>(() => {}));
  world.expectApply();
  const reconciled = world.reconcile();
  await world.clock.advance(5000);
  assert.deepEqual(await reconciled, { requeueAfterMs: 5000 });
  assert.equal(world.ready(), 'False Pending: CATimeout: The CA did not answer within 5 s.');
});
