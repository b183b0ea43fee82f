import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWarningNews } from '../../../src/issuing/warning-news.ts';
import type { Caveat, CheckOutcome } from '../../../src/signers/signer.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';
import { checked, type IssuerWorld } from './support/issuer-world.ts';

const ends: Caveat = { code: 'CAExpiresSoon', message: 'The CA ends at noon.' };
const rotated: Caveat = { code: 'KeyRotated', message: 'The key has a newer version.' };
const day = 86_400_000;

function warning(...warnings: readonly Caveat[]): CheckOutcome {
  return { outcome: 'healthy', message: 'The CA answers.', warnings };
}

async function look(world: IssuerWorld, check: CheckOutcome, writes = 0): Promise<readonly string[]> {
  world.signer.checks.push(check);
  for (let write = 0; write < writes; write += 1) world.expectApply();
  await world.reconcile();
  world.watch();
  world.done();
  return world.told.splice(0).flatMap(({ type, reason }) => (type === 'Warning' ? [reason] : []));
}

describe('the warnings of a check that passes', () => {
  test('are in the status after what was found, each in one event, and not again at the next check', async () => {
    const world = await checked();
    assert.deepEqual(await look(world, warning(ends, rotated), 1), ['CAExpiresSoon', 'KeyRotated']);
    assert.equal(world.ready(), 'True Checked: The CA answers. The CA ends at noon. The key has a newer version.');
    assert.deepEqual(world.findings.at(-1)?.warnings, [ends, rotated]);
    assert.deepEqual(await look(world, warning(ends, rotated)), []);
  });

  test('are told with their own words', async () => {
    const world = await checked();
    world.signer.checks.push(warning(ends));
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.told.at(-1), { type: 'Warning', reason: 'CAExpiresSoon', note: 'The CA ends at noon.' });
  });

  test('are not said twice where the message of the check has them', async () => {
    const world = await checked();
    await look(world, { outcome: 'healthy', message: `By the backup. ${rotated.message}`, warnings: [rotated] }, 1);
    assert.equal(world.ready(), 'True Checked: By the backup. The key has a newer version.');
  });

  test('are told once more after a day', async () => {
    const world = await checked();
    await look(world, warning(ends), 1);
    await world.clock.advance(day - 1);
    assert.deepEqual(await look(world, warning(ends)), []);
    await world.clock.advance(1);
    assert.deepEqual(await look(world, warning(ends)), ['CAExpiresSoon']);
    assert.deepEqual(await look(world, warning(ends)), []);
  });

  test('are told when they are new, others, or back, and not after a check that failed', async () => {
    const world = await checked();
    await look(world, warning(ends), 1);
    assert.deepEqual(await look(world, warning(ends, rotated), 1), ['KeyRotated']);
    assert.deepEqual(await look(world, warning({ ...ends, message: 'The CA ends at one.' }), 1), ['CAExpiresSoon']);
    assert.deepEqual(await look(world, warning(rotated), 1), ['KeyRotated']);
    const failed: CheckOutcome = { outcome: 'retry', code: 'CAUnavailable', message: '503' };
    assert.deepEqual(await look(world, failed, 1), ['CAUnavailable']);
    assert.deepEqual(await look(world, warning(rotated), 1), []);
  });
});

test('what was told is known of each issuer for itself, and forgotten with it', () => {
  const news = createWarningNews(createFakeClock());
  assert.deepEqual(news.toTell('a', [ends, ends]), [ends]);
  assert.deepEqual(news.toTell('b', [ends]), [ends]);
  assert.deepEqual(news.toTell('a', [ends]), []);
  news.forget('a');
  assert.deepEqual(news.toTell('a', [ends]), [ends]);
  assert.deepEqual(news.toTell('b', [ends]), []);
});
