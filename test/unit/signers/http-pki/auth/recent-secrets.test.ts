import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecentSecrets } from '../../../../../src/signers/http-pki/auth/recent-secrets.ts';

test('the last 64 secrets are kept, and one that is used again is among the last', () => {
  const recent = createRecentSecrets();
  for (let at = 0; at < 64; at += 1) recent.add(`token-${at}`);
  recent.add('token-0');
  assert.equal(recent.list().length, 64);
  recent.add('token-64');
  assert.equal(recent.list().length, 64);
  assert.ok(!recent.list().includes('token-1'));
  assert.deepEqual([recent.list()[0], ...recent.list().slice(-2)], ['token-2', 'token-0', 'token-64']);
});

test('of long secrets no more than 64 KiB are kept, and always the last', () => {
  const recent = createRecentSecrets();
  const long = (letter: string): string => letter.repeat(30 * 1024);
  for (const letter of ['a', 'b', 'c']) recent.add(long(letter));
  assert.deepEqual(recent.list(), [long('b'), long('c')]);
  recent.add('d'.repeat(100 * 1024));
  assert.deepEqual(recent.list(), ['d'.repeat(100 * 1024)]);
});
