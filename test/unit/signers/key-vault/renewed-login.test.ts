import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, ok } from '../../../../src/lib/result.ts';
import { withRenewedLogin } from '../../../../src/signers/key-vault/renewed-login.ts';
import type { Vault } from '../../../../src/signers/key-vault/vault.ts';
import { fakeVault, keyName, problem } from './support/fake-vault.ts';

const context = { signal: new AbortController().signal };

describe('a vault that refuses a token', () => {
  test('is asked once more at once, with a new one', async () => {
    const fake = fakeVault();
    fake.setSecret('text');
    fake.fail('secrets/get', { code: 'Unauthorized' });
    const secret = await withRenewedLogin(fake.vault).getSecret(keyName, undefined, context);
    assert.ok(secret.ok);
    assert.equal(fake.forgotten(), 1);
    assert.deepEqual(fake.calls, ['secrets/get', 'secrets/get']);
  });

  test('is not asked a third time, and the second token is dropped too', async () => {
    const fake = fakeVault();
    fake.fail('keys/get', { code: 'Unauthorized' }, { times: 9 });
    const key = await withRenewedLogin(fake.vault).getKey(keyName, undefined, context);
    assert.ok(!key.ok);
    assert.equal(key.error.code, 'Unauthorized');
    assert.equal(fake.calls.length, 2);
    assert.equal(fake.forgotten(), 2);
  });

  test('is not asked again where it refuses something else', async () => {
    const fake = fakeVault();
    fake.fail('keys/list', { code: 'Forbidden' });
    assert.ok(!(await withRenewedLogin(fake.vault).listKeyVersions(keyName, context)).ok);
    assert.equal(fake.calls.length, 1);
    assert.equal(fake.forgotten(), 0);
  });

  test('is not asked again after an abort', async () => {
    const fake = fakeVault();
    const stopping = new AbortController();
    const reason = new Error('shutdown');
    fake.fail('certificates/get', { code: 'Unauthorized' });
    const asking = withRenewedLogin(fake.vault).getCertificate(keyName, undefined, { signal: stopping.signal });
    stopping.abort(reason);
    await assert.rejects(asking, reason);
    assert.equal(fake.calls.length, 1);
  });

  test('by many calls at once has the token dropped once', async () => {
    let good = false;
    let forgotten = 0;
    let calls = 0;
    const vault: Vault = {
      ...fakeVault().vault,
      async getSecret() {
        calls += 1;
        const wasGood = good;
        await new Promise(setImmediate);
        return wasGood ? ok({ id: 'secret', value: 'text' }) : err(problem('secrets/get', { code: 'Unauthorized' }));
      },
      forget() {
        forgotten += 1;
        good = true;
      },
    };
    const asked = withRenewedLogin(vault);
    const answers = await Promise.all(Array.from({ length: 5 }, () => asked.getSecret(keyName, undefined, context)));
    assert.ok(answers.every((answer) => answer.ok));
    assert.equal(forgotten, 1);
    assert.equal(calls, 10);
  });
});
