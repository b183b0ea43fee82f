import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, ok } from '../../../../src/lib/result.ts';
import type { CaProblem } from '../../../../src/signers/ca/contract.ts';
import { verifyIssued } from '../../../../src/issuing/verify.ts';
import type { TraceEntry } from '../../../../src/signers/signer.ts';
import { goodCsr, opensslCsr } from '../../x509/tools.ts';
import { read } from '../../x509/ca-tools.ts';
import { assertIssued, createLab, held, request, selfSigned } from './support/fake-holder.ts';

const good = selfSigned();
const forbidden: CaProblem = { outcome: 'issuer-broken', code: 'KeyForbidden', message: 'Key/Sign is missing.' };
const throttled: CaProblem = { outcome: 'retry', code: 'CAThrottled', message: 'Too many.', afterMs: 5000 };

describe('signing with a key that is held elsewhere', () => {
  test('costs one signature, and no look at the CA after the first check', async () => {
    const lab = createLab(held(good));
    await lab.check();
    assert.deepEqual(lab.calls.splice(0), ['load', 'probe']);
    for (let count = 0; count < 3; count += 1) assertIssued(await lab.sign());
    assert.deepEqual(lab.calls.splice(0), ['certificate', 'certificate', 'certificate']);
    await lab.check();
    assert.deepEqual(lab.calls, ['load'], 'a check in steady state signs nothing');
  });

  test('looks at the CA by itself where no check has passed, and once only', async () => {
    const lab = createLab(held(good));
    assertIssued(await lab.sign());
    assertIssued(await lab.sign());
    assert.deepEqual(lab.calls, ['load', 'certificate', 'certificate']);
  });

  test('passes on what becomes of the look, and of the signature', async () => {
    const lab = createLab(held(good));
    lab.loads = () => Promise.resolve(err(throttled));
    assert.deepEqual(await lab.sign(), throttled);
    assert.deepEqual(await lab.check(), throttled);
    lab.loads = () => Promise.resolve(ok(held(good)));
    for (const problem of [throttled, forbidden]) {
      lab.signs = () => Promise.resolve(err(problem));
      assert.deepEqual(await lab.sign(), problem);
    }
  });

  test('hands on no certificate whose signature is not right', async () => {
    const lab = createLab(held(good));
    await lab.check();
    const wrong = [
      async (right: Uint8Array): Promise<Uint8Array> => right.with(right.length - 1, (right.at(-1) ?? 0) ^ 1),
      async (): Promise<Uint8Array> => new Uint8Array(0),
      async (): Promise<Uint8Array> => new Uint8Array(70_000).fill(0x30),
    ];
    for (const change of wrong) {
      lab.signs = async (_tbs, right) => {
        const signature = await right();
        return signature.ok ? ok(await change(new Uint8Array(signature.value))) : signature;
      };
      const outcome = await lab.sign();
      assert.ok(outcome.outcome === 'issuer-broken', JSON.stringify(outcome));
      assert.equal(outcome.code, 'CAResponseInvalid');
      assert.match(outcome.message, /^The signature that came from vault\/keys\/ca\/1 does not verify .*nothing was issued\./);
      const check = await lab.check();
      assert.equal(check.outcome === 'issuer-broken' && check.code, 'CAResponseInvalid');
    }
  });

  test('fails what cannot be issued without asking the key', async () => {
    const lab = createLab(held(good));
    await lab.check();
    lab.calls.length = 0;
    const nameless = goodCsr(opensslCsr({ subject: '', options: ['-subj', '/'] }));
    for (const [wanted, code] of [
      [{ csr: nameless }, 'NameMissing'],
      [{ usages: ['no such usage'] }, 'UnknownUsage'],
    ] as const) {
      const outcome = await lab.sign(wanted);
      assert.equal(outcome.outcome === 'failed' && outcome.code, code);
    }
    assert.deepEqual(lab.calls, []);
  });

  test('obeys the signal before, while the CA is fetched and while the key signs', async () => {
    const reason = new Error('shutdown');
    const stopping = new AbortController();
    const lab = createLab(held(good));
    const { signal } = stopping;
    await assert.rejects(lab.sign({}, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(lab.calls, []);
    lab.signs = async (_tbs, right) => {
      stopping.abort(reason);
      return await right();
    };
    await assert.rejects(lab.sign({}, { signal }), reason);
    lab.loads = async () => {
      again.abort(reason);
      return ok(held(good));
    };
    const again = new AbortController();
    await assert.rejects(lab.check({ signal: again.signal }), reason);
  });

  test('holds certificates within the CA and says so, which the requester is told', async () => {
    const { notAfter } = read(good.certificatePem);
    const now = notAfter - 10 * 86_400_000;
    const lab = createLab(held(good), {}, { now: () => now });
    const wanted = { durationSeconds: 90 * 86_400 };
    const outcome = assertIssued(await lab.sign(wanted));
    assert.equal(outcome.whyShorter, 'its CA ends then');
    const verified = verifyIssued(outcome, { ...request, ...wanted }, now);
    assert.ok(verified.ok);
    assert.equal(verified.value.chain.leaf.notAfter, notAfter);
    const [notice] = verified.value.notices;
    assert.match(notice?.note ?? '', /it lasts 10d1m, asked was 90d, since its CA ends then/);
    const usual = assertIssued(await lab.sign());
    assert.equal(usual.whyShorter, undefined);
  });

  test('says IssuerExpired where the CA has ended since it was found good', async () => {
    const { notAfter } = read(good.certificatePem);
    let now = notAfter - 60_000;
    const lab = createLab(held(good), {}, { now: () => now });
    await lab.check();
    now = notAfter;
    const outcome = await lab.sign();
    assert.equal(outcome.outcome === 'issuer-broken' && outcome.code, 'IssuerExpired');
  });

  test('tells who looks on what is signed by which key, and what came', async () => {
    const entries: TraceEntry[] = [];
    const lab = createLab(held(good));
    assertIssued(await lab.sign({}, { trace: (entry) => entries.push(entry) }));
    assert.deepEqual(
      entries.map(({ part }) => part),
      ['read', 'sent', 'answered', 'read'],
    );
    const text = entries.map((entry) => entry.text).join('\n');
    assert.match(text, /the CA "CN=Team CA" in the secret "ca" of the vault, serial [0-9a-f]+, until .*key vault\/keys\/ca\/1/);
    assert.match(text, /a certificate to be signed with ES256 by vault\/keys\/ca\/1: [0-9]+ bytes, as SHA-256 of 32 bytes/);
    assert.match(text, /a signature of 7[0-2] bytes, which is right\ncertificate [0-9a-f]{32}, until/);
  });

  test('shows beforehand what would be signed, without fetching anything', async () => {
    const lab = createLab(held(good), { keyWords: 'the key "ca" of the vault' });
    const first = await lab.signer.preview?.(request);
    assert.ok(first?.ok);
    assert.deepEqual(lab.calls, []);
    assert.equal(
      first.value.join(),
      '# one certificate, to be signed with the default algorithm of the key by the key "ca" of the vault\n' +
        'subject:  CN=test.example.com\nnames:    a.example.com\nusages:   digital signature\n' +
        'lifetime: 1h, but not beyond the end of the CA certificate',
    );
    await lab.check();
    const second = await lab.signer.preview?.({ ...request, isCA: true });
    assert.ok(second?.ok);
    assert.match(second.value.join(), /^# one CA certificate, to be signed with ES256 by vault\/keys\/ca\/1\n/);
    assert.match(second.value.join(), /but not beyond 20.*, when the CA ends$/);
  });
});
