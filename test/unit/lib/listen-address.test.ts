import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatListenAddress, parseListenAddress } from '../../../src/lib/listen-address.ts';

describe('parseListenAddress', () => {
  const good: readonly [string, { host?: string; port: number } | undefined][] = [
    [':8080', { port: 8080 }],
    [':0', { port: 0 }],
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
    ['[::]:8080', { host: '::', port: 8080 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['[fe80::1%eth0]:8443', { host: 'fe80::1%eth0', port: 8443 }],
    ['0', undefined],
    ['', undefined],
  ];
  for (const [text, value] of good) {
    test(`reads "${text}"`, () => assert.deepEqual(parseListenAddress(text), { ok: true, value }));
  }

  for (const text of [
    '8080',
    '::1:8080',
    '[::1]',
    '127.0.0.1',
    ':65536',
    ':-1',
    ':80a',
    'a b:80',
    '[]:80',
    ': 80',
    'http://a:80',
  ]) {
    test(`refuses "${text}" and says how to write it`, () => {
      const result = parseListenAddress(text);
      assert.ok(!result.ok);
      assert.match(result.error, /is not an address; write :8080/);
    });
  }
});

test('an address is written as it is read', () => {
  assert.equal(formatListenAddress('127.0.0.1', 80), '127.0.0.1:80');
  assert.equal(formatListenAddress('::1', 80), '[::1]:80');
});
