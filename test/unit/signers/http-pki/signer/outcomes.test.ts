import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SignOutcome } from '../../../../../src/signers/signer.ts';
import { call, certificatePem, configFor, expected, open, request, sign } from './support/lab.ts';
import { type Answer, json, recorder } from './support/recorder.ts';

/** What an answer of the CA comes to. */
interface Case {
  readonly what: string;
  readonly answer: Answer;
  readonly parts?: Readonly<Record<string, unknown>>;
  readonly outcome: Partial<SignOutcome> & { readonly outcome: SignOutcome['outcome'] };
  readonly message: RegExp;
}

const jsonParts = { response: { format: 'json', certificateField: 'crt', errorField: 'error', errorCodeField: 'code' } };

const cases: readonly Case[] = [
  {
    what: 'a 400 fails, with the words of the CA',
    answer: json({ error: 'CN is\r\nnot \u001b[31mallowed', code: 12 }, 400),
    parts: jsonParts,
    outcome: { outcome: 'failed', code: 'CARejected' },
    message: /400 Bad Request to POST \/sign; it says: "CN is not .*allowed" \(code 12\)\.$/,
  },
  {
    what: 'a 413 and its long words fail, with 200 characters of them',
    answer: json({ error: 'word '.repeat(1000) }, 413),
    parts: jsonParts,
    outcome: { outcome: 'failed', code: 'CARejected' },
    message: /^.{200,300}$/,
  },
  {
    what: 'nothing of a body is shown that no field names',
    answer: json({ error: 'internal details' }, 422),
    outcome: { outcome: 'failed', code: 'CARejected' },
    message: /^(?!.*internal details).*errorField/,
  },
  {
    what: 'a 404 breaks the issuer',
    answer: { status: 404 },
    outcome: { outcome: 'issuer-broken', code: 'CARequestWrong' },
    message: /404 Not Found.*pki\.baseUrl and pki\.steps\[0\]\.$/,
  },
  {
    what: 'a 401 without a credential that could be renewed breaks the issuer',
    answer: { status: 401 },
    outcome: { outcome: 'issuer-broken', code: 'CAAuthRefused' },
    message: /401/,
  },
  {
    what: 'a 500 is tried again',
    answer: { status: 500 },
    outcome: { outcome: 'retry', code: 'CAUnavailable' },
    message: /500/,
  },
  {
    what: 'a 429 is tried again when the CA says',
    answer: { status: 429, headers: { 'retry-after': '120' } },
    outcome: { outcome: 'retry', code: 'CAThrottled', afterMs: 120_000 },
    message: /429/,
  },
  {
    what: 'a good answer without a certificate is tried again, three times at most',
    answer: { body: 'please come back on Monday' },
    outcome: { outcome: 'retry', code: 'CAResponseInvalid', mostAttempts: 3 },
    message: /\.$/,
  },
  {
    what: 'JSON with nothing in the field is tried again, three times at most',
    answer: json({ certificate: certificatePem }),
    parts: jsonParts,
    outcome: { outcome: 'retry', code: 'CAResponseInvalid', mostAttempts: 3 },
    message: /pki\.response\.certificateField "crt" finds nothing/,
  },
  {
    what: 'a 202 breaks an issuer that does not say how the CA is asked later',
    answer: { status: 202 },
    outcome: { outcome: 'issuer-broken', code: 'PendingNotConfigured' },
    message: /pki\.pending/,
  },
  {
    what: 'a connection that is cut is tried again',
    answer: 'reset',
    outcome: { outcome: 'retry', code: 'CAUnreachable' },
    message: /^127\.0\.0\.1:\d+: .*\.$/,
  },
  {
    what: 'a CA that does not answer in time is tried again',
    answer: 'never',
    parts: { network: { responseTimeout: '1s' } },
    outcome: { outcome: 'retry', code: 'CATimeout' },
    message: /responseTimeout/,
  },
  {
    what: 'more than is read of an answer is tried again',
    answer: { body: 'x'.repeat(3000) },
    parts: { network: { maxResponseBytes: 2048 } },
    outcome: { outcome: 'retry', code: 'CAAnswerTooLarge' },
    message: /maxResponseBytes/,
  },
  {
    what: 'a redirect to elsewhere breaks the issuer',
    answer: { status: 307, headers: { location: 'http://127.0.0.2:1/' } },
    outcome: { outcome: 'issuer-broken', code: 'RedirectRefused' },
    message: /\.$/,
  },
  {
    what: 'a rule of a step counts before the status',
    answer: json({ state: 'BUSY' }, 400),
    parts: {
      steps: [
        {
          name: 'sign',
          url: '/sign',
          body: { json: { csr: '{{ csr.pem }}' } },
          rules: [{ when: 'status == 400 && body.state == "BUSY"', outcome: 'retry' }],
        },
      ],
      rules: [{ when: 'status == 400', outcome: 'issuer-broken' }],
    },
    outcome: { outcome: 'retry', code: 'CAUnavailable' },
    message: /pki\.steps\[0\]\.rules\[0\]/,
  },
  {
    what: 'a rule of the issuer counts too',
    answer: json({ state: 'REJECTED' }),
    parts: { rules: [{ when: 'body.state == "REJECTED"', outcome: 'failed' }] },
    outcome: { outcome: 'failed', code: 'CARejected' },
    message: /pki\.rules\[0\]/,
  },
];

describe('what an answer comes to', () => {
  for (const { what, answer, parts = {}, outcome, message } of cases) {
    test(what, async (t) => {
      const ca = await recorder(t, () => answer);
      const signer = await open(t, configFor(ca.url, parts));
      const found = await sign(signer);
      assert.partialDeepStrictEqual(found, outcome);
      assert.ok('message' in found);
      assert.match(found.message, message);
      assert.doesNotMatch(found.message, /\p{Cc}/u);
      assert.match(found.message, /\.$/, 'another sentence can follow');
      assert.equal(ca.to('/sign').length, 1, 'it was sent once');
    });
  }

  test('a request that lacks what a template uses fails, and nothing is sent', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const body = { json: { csr: '{{ csr.pem }}', cost: '{{ request.annotations["cost-centre"] }}' } };
    const signer = await open(t, configFor(ca.url, { steps: [{ name: 'sign', body }], allowedAnnotations: ['cost-centre'] }));
    assert.match(expected(await sign(signer), 'failed').message, /cost-centre.*\.$/);
    assert.equal(ca.requests.length, 0);
  });
});

describe('an abort', () => {
  test('rejects with its reason, and closes the connection', async (t) => {
    const ca = await recorder(t, () => 'never');
    const signer = await open(t, configFor(ca.url));
    const stopping = new AbortController();
    const signing = signer.sign(request(), { signal: stopping.signal });
    while (ca.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(ca.openSockets(), 1);
    const reason = new Error('shutdown');
    stopping.abort(reason);
    await assert.rejects(signing, reason);
    for (let waited = 0; ca.openSockets() > 0 && waited < 200; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(ca.openSockets(), 0);
  });

  test('that came before sends nothing', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url, { revoke: { method: 'PUT', url: '/revoke/{{ serial.hex }}' } }));
    const reason = new Error('shutdown');
    const context = call({ signal: AbortSignal.abort(reason) });
    await assert.rejects(signer.sign(request(), context), reason);
    await assert.rejects(signer.check(context), reason);
    await assert.rejects(async () => await signer.poll?.('id', request(), context), reason);
    await assert.rejects(async () => await signer.revoke?.('0a', context), reason);
    assert.equal(ca.requests.length, 0);
  });
});
