import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verifyIssued } from '../../../../src/issuing/verify.ts';
import { err, ok } from '../../../../src/lib/result.ts';
import type { CaProblem } from '../../../../src/signers/ca/contract.ts';
import { read } from '../../x509/ca-tools.ts';
import { assertIssued, createLab, held, keyPem, request, selfSigned } from './support/fake-holder.ts';

const good = selfSigned();
const other = selfSigned(keyPem(), undefined, 3650, 'Other CA');
const forbidden: CaProblem = { outcome: 'issuer-broken', code: 'KeyForbidden', message: 'Key/Sign is missing.' };
const throttled: CaProblem = { outcome: 'retry', code: 'CAThrottled', message: 'Too many.', afterMs: 5000 };

describe('the proof that the key signs', () => {
  test('is asked for again after a signature was refused, until it signs', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.signs = () => Promise.resolve(err(forbidden));
    assert.deepEqual(await lab.sign(), forbidden);
    lab.calls.length = 0;
    assert.deepEqual(await lab.check(), forbidden);
    assert.deepEqual(await lab.check(), forbidden);
    lab.signs = undefined;
    assert.equal((await lab.check()).outcome, 'healthy');
    assert.equal((await lab.check()).outcome, 'healthy');
    assert.deepEqual(lab.calls, ['load', 'probe', 'load', 'probe', 'load', 'probe', 'load']);
  });

  test('is not asked for again after a fault that passes, or a request that cannot be signed', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.signs = () => Promise.resolve(err(throttled));
    await lab.sign();
    await lab.sign({ usages: ['no such usage'] });
    lab.calls.length = 0;
    assert.equal((await lab.check()).outcome, 'healthy');
    assert.deepEqual(lab.calls, ['load']);
  });

  test('is asked for of each other key', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.loads = () => Promise.resolve(ok(held(other, {}, 'vault/keys/ca/2')));
    lab.calls.length = 0;
    await lab.check();
    await lab.check();
    assert.deepEqual(lab.calls, ['load', 'probe', 'load']);
  });

  test('is asked for again where a signature was refused while it was given', async () => {
    const lab = createLab(held(good));
    assertIssued(await lab.sign());
    lab.signs = async (tbs, right) => {
      if (tbs[0] === 0x30) return err(forbidden);
      await lab.sign();
      return await right();
    };
    assert.equal((await lab.check()).outcome, 'healthy');
    lab.calls.length = 0;
    await lab.check();
    assert.ok(lab.calls.includes('probe'));
  });
});

describe('checks at once', () => {
  test('are one, as where a right is taken away while many requests are under way', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.calls.length = 0;
    lab.signs = async () => {
      await new Promise(setImmediate);
      return err(forbidden);
    };
    const refused = await Promise.all(Array.from({ length: 32 }, async () => await lab.sign()));
    const checks = await Promise.all(refused.map(async () => await lab.check()));
    assert.deepEqual(new Set(checks), new Set([forbidden]));
    assert.deepEqual(lab.calls.slice(32), ['load', 'probe']);
    lab.signs = undefined;
    assert.equal((await lab.check()).outcome, 'healthy', 'the next one asks anew');
  });
});

describe('the CA in use', () => {
  const issuerOf = async (lab: ReturnType<typeof createLab>): Promise<string> =>
    read(assertIssued(await lab.sign()).chainPem).x509.issuer;

  test('stays where a check fails, and is replaced by one that passes', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.loads = () => Promise.resolve(ok(held(good, { certificatePem: other.certificatePem })));
    assert.equal((await lab.check()).outcome, 'issuer-broken');
    assert.equal(await issuerOf(lab), 'CN=Team CA');
    lab.loads = () => Promise.resolve(ok(held(other, {}, 'vault/keys/ca/2')));
    lab.signs = () => Promise.resolve(err(forbidden));
    assert.deepEqual(await lab.check(), forbidden);
    lab.signs = undefined;
    assert.equal(await issuerOf(lab), 'CN=Team CA', 'a key that does not sign is not taken into use');
    assert.equal((await lab.check()).outcome, 'healthy');
    assert.equal(await issuerOf(lab), 'CN=Other CA');
  });

  test('is that of a check, also where a look that began before it ends after it', async () => {
    const lab = createLab(held(good));
    const { promise, resolve } = Promise.withResolvers<void>();
    lab.loads = async () => {
      await promise;
      return ok(held(good));
    };
    const slow = lab.sign();
    lab.loads = () => Promise.resolve(ok(held(other)));
    assert.equal((await lab.check()).outcome, 'healthy');
    resolve();
    assert.equal(read(assertIssued(await slow).chainPem).x509.issuer, 'CN=Other CA');
    assert.equal(await issuerOf(lab), 'CN=Other CA');
  });

  test('is one for each certificate: what began with the former ends with it', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.signs = async (tbs, right) => {
      if (tbs[0] === 0x30) {
        lab.signs = undefined;
        lab.loads = () => Promise.resolve(ok(held(other, {}, 'vault/keys/ca/2')));
        assert.equal((await lab.check()).outcome, 'healthy');
      }
      return await right();
    };
    const first = assertIssued(await lab.sign());
    assert.ok(verifyIssued(first, request, Date.now()).ok);
    assert.equal(read(first.chainPem).x509.issuer, 'CN=Team CA');
    assert.equal(await issuerOf(lab), 'CN=Other CA');
  });

  test('is let go of once, however often the signer is closed', async () => {
    const lab = createLab(held(good));
    await Promise.all([lab.signer.close(), lab.signer.close()]);
    assert.deepEqual(lab.calls, ['close']);
  });
});
