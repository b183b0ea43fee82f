import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Issuer } from '../../../src/api/issuer.ts';
import type { CaFacts, CheckOutcome } from '../../../src/signers/signer.ts';
import { healthy } from './support/fake-signer.ts';
import { checked, createIssuerWorld, readyOf, type IssuerWorld } from './support/issuer-world.ts';

const facts: CaFacts = {
  subject: 'CN=CA',
  serialHex: '0a',
  notAfter: Date.parse('2028-01-02T00:00:00Z'),
  keyId: 'https://vault/keys/ca/1',
  certificatePem: '-----BEGIN CERTIFICATE-----\n',
};
const ca = { subject: 'CN=CA', serialNumber: '0a', notAfter: '2028-01-02T00:00:00Z', keyId: 'https://vault/keys/ca/1' };
const found: CheckOutcome = { outcome: 'healthy', message: 'The CA answers.', ca: facts };
const unavailable: CheckOutcome = { outcome: 'retry', code: 'CAUnavailable', message: 'The vault answered 503.' };

async function look(world: IssuerWorld, check: CheckOutcome, writes: number): Promise<void> {
  world.signer.checks.push(check);
  for (let write = 0; write < writes; write += 1) world.expectApply();
  await world.reconcile();
  world.watch();
  world.done();
}

/** An issuer whose CA is in its status. */
async function withCa(): Promise<IssuerWorld> {
  const world = createIssuerWorld();
  await look(world, found, 2);
  return world;
}

describe('the CA that a check found', () => {
  test('is written with the Ready condition, and not again while it is the same', async () => {
    const world = await withCa();
    const last = world.applied.at(-1) as Issuer;
    assert.equal(readyOf(last)?.status, 'True');
    assert.deepEqual(last.status?.ca, ca);
    assert.equal(last.status.caCertificate, facts.certificatePem);
    assert.deepEqual(world.shownCa?.ca, ca);
    await look(world, found, 0);
  });

  test('is written where only the CA is another', async () => {
    const world = await withCa();
    world.told.splice(0);
    await look(world, { ...found, ca: { ...facts, serialHex: '0b', keyId: 'https://vault/keys/ca/2' } }, 1);
    assert.deepEqual(
      [world.object.status?.ca?.serialNumber, world.object.status?.ca?.keyId],
      ['0b', 'https://vault/keys/ca/2'],
    );
    assert.deepEqual(world.told, []);
  });

  test('stays while checks fail, also for a controller that has just started', async () => {
    const world = await withCa();
    await look(world, unavailable, 1);
    assert.deepEqual(world.object.status?.ca, ca);
    const restarted = createIssuerWorld();
    restarted.object = world.object;
    restarted.watch();
    await look(restarted, { ...unavailable, message: 'The vault answered 500.' }, 1);
    assert.deepEqual(restarted.object.status?.ca, ca);
    assert.equal(restarted.object.status.caCertificate, facts.certificatePem);
    assert.deepEqual(restarted.shownCa?.ca, ca);
  });

  test('stays where a Secret is missing that the issuer refers to', async () => {
    const world = await withCa();
    world.wanted = [{ id: 'a', kind: 'Secret', field: 'fake.secretRef', name: 'gone' }];
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^False Pending: ReferenceNotFound/);
    assert.deepEqual(world.object.status?.ca, ca);
  });

  test('goes with the spec it was found with, where the new one does not work', async () => {
    const world = await withCa();
    world.respec({ signerType: 'fake', fake: { level: 1 } });
    await look(world, unavailable, 1);
    assert.deepEqual(
      [world.object.status?.ca, world.object.status?.caCertificate, world.shownCa],
      [undefined, undefined, undefined],
    );
  });

  test('goes where the signer knows none any more, or one that is too large to show', async () => {
    const tooLarge: CheckOutcome = { ...found, ca: { ...facts, certificatePem: 'x'.repeat(65_537) } };
    for (const check of [healthy, tooLarge]) {
      const world = await withCa();
      await look(world, check, 1);
      assert.equal(world.object.status?.ca, undefined);
      assert.equal(world.ready(), 'True Checked: The CA answers.');
    }
  });

  test('is not taken away by a write that is repeated on a newer version', async () => {
    const world = await checked();
    const late = world.view;
    await look(world, found, 1);
    // The store is late: it still shows the issuer as it was.
    world.view = late;
    world.signer.checks.push(unavailable);
    for (const expect of ['expectApply', 'expectGet', 'expectApply'] as const) world[expect]();
    await world.reconcile();
    world.done();
    assert.match(world.ready() ?? '', /^False Pending/);
    assert.deepEqual(world.object.status?.ca, ca);
  });
});
