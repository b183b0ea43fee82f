import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { invocationOf } from '../../../src/cli/invocation.ts';

describe('the word by which this program is called again', () => {
  const cases: readonly [string, string, string, string][] = [
    ['in a checkout', '/home/me/pki/src/main.ts', '/home/me/pki', 'bin/external-issuer'],
    ['above a checkout', '/home/me/pki/src/main.ts', '/home/me', 'pki/bin/external-issuer'],
    ['elsewhere', '/home/me/pki/src/main.ts', '/home/me/pki/docs', '/home/me/pki/bin/external-issuer'],
    ['where the path has a space', '/home/my pki/src/main.ts', '/tmp', "'/home/my pki/bin/external-issuer'"],
    ['in an image', '/app/external-issuer.mjs', '/app', 'external-issuer'],
    ['where there is no script', '', '/app', 'external-issuer'],
  ];
  for (const [where, script, folder, expected] of cases) {
    test(`is ${expected} ${where}`, () => assert.equal(invocationOf(script, folder), expected));
  }
});
