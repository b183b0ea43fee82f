import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadAnswer, Verdict } from '../../../../../src/signers/http-pki/response/contract.ts';
import { createSorter, type SorterOptions } from '../../../../../src/signers/http-pki/response/sort.ts';
import { answerOf, bad, good } from './support/answers.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const cfssl = { success: false, errors: [{ code: 9002, message: 'CSR Decode failed' }] };
const response = { format: 'json', errorField: 'errors.0.message', errorCodeField: 'errors.0.code' } as const;

function sort(answer: ReadAnswer, options: Partial<SorterOptions> = {}): Verdict {
  const defaults = { rules: [], response, pendingConfigured: false, field: 'pki.steps[0]', now: () => now };
  return good(createSorter({ ...defaults, ...options }))(answer);
}

const byStatus: readonly {
  readonly status: number;
  readonly verdict: string;
  readonly code?: string;
  readonly unauthorized?: boolean;
}[] = [
  ...[200, 201, 203, 204, 299].map((status) => ({ status, verdict: 'good' })),
  ...[408, 425, 500, 501, 502, 503, 504, 599].map((status) => ({ status, verdict: 'retry', code: 'CAUnavailable' })),
  { status: 429, verdict: 'retry', code: 'CAThrottled' },
  ...[400, 413, 422].map((status) => ({ status, verdict: 'failed', code: 'CARejected' })),
  ...[401, 403].map((status) => ({ status, verdict: 'issuer-broken', code: 'CAAuthRefused', unauthorized: true })),
  ...[300, 302, 304, 402, 404, 405, 406, 407, 409, 410, 415, 418, 451].map((status) => ({
    status,
    verdict: 'issuer-broken',
    code: 'CARequestWrong',
    unauthorized: false,
  })),
  { status: 202, verdict: 'issuer-broken', code: 'PendingNotConfigured', unauthorized: false },
];
describe('without rules', () => {
  for (const { status, ...expected } of byStatus) {
    test(`${status} is ${expected.verdict} ${expected.code ?? ''}`, () => {
      const { message: _message, ...verdict } = sort(answerOf(cfssl, { status })) as Verdict & { readonly message?: string };
      assert.deepEqual(verdict, expected);
    });
  }

  test('202 is pending where the issuer says how to ask later', () => {
    assert.deepEqual(sort(answerOf({}, { status: 202 }), { pendingConfigured: true }), { verdict: 'pending' });
    const headers = { 'retry-after': '20' };
    assert.deepEqual(sort(answerOf({}, { status: 202, headers }), { pendingConfigured: true }), {
      verdict: 'pending',
      afterMs: 20_000,
    });
  });
});

describe('the request that was answered', () => {
  const named: readonly (readonly [string, SorterOptions['request'], string])[] = [
    ['its method and the path that answered', { url: '/other', method: 'PUT' }, 'PUT /sign'],
    ['POST where there is a body', { body: { raw: 'x', rawEncoding: 'text' } }, 'POST /sign'],
    ['GET where there is none', {}, 'GET /sign'],
    ['a path with placeholders as it is written', { url: '/certs/{{ request.name }}' }, 'GET /certs/{{ request.name }}'],
  ];
  for (const [what, request, words] of named) {
    test(`is named by ${what}`, () => {
      const verdict = sort(answerOf(cfssl, { status: 404 }), request === undefined ? {} : { request });
      assert.ok(verdict.verdict === 'issuer-broken');
      assert.ok(verdict.message.startsWith(`The CA answered 404 Not Found to ${words}; it says: "CSR`), verdict.message);
    });
  }
});

const waits: readonly (readonly [retryAfter: string, afterMs: number | undefined])[] = [
  ['7', 7000],
  [' 120 ', 120_000],
  ['0', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['999999', 86_400_000],
  ['99999999999999999999', undefined],
  ['Sun, 22 Nov 2026 10:01:30 GMT', 90_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', undefined],
  ['Sun, 22 Nov 2099 09:00:00 GMT', 86_400_000],
  ['Sun, 99 Foo 2026 99:99:99 GMT', undefined],
  ['soon', undefined],
  ['2026-11-23', undefined],
  ['3, 5', undefined],
];
describe('Retry-After', () => {
  for (const [retryAfter, afterMs] of waits) {
    test(`"${retryAfter}" is ${afterMs ?? 'not followed'}`, () => {
      const verdict = sort(answerOf({}, { status: 503, headers: { 'retry-after': retryAfter } }));
      assert.equal(verdict.verdict === 'retry' ? verdict.afterMs : 'no retry', afterMs);
    });
  }
});

describe('rules', () => {
  const rules = [
    { when: 'status == 200 && body.success == false', outcome: 'failed' },
    { when: 'body.errors.exists(e, e.message == "invalid token")', outcome: 'issuer-broken' },
    { when: 'body.state == "waiting"', outcome: 'pending' },
    { when: 'text.contains("maintenance")', outcome: 'retry' },
    { when: 'status == 409', outcome: 'issued' },
    { when: 'status == 401', outcome: 'issuer-broken' },
  ] as const;

  const sorted: readonly { readonly what: string; readonly answer: ReadAnswer; readonly verdict: Verdict }[] = [
    {
      what: 'failed',
      answer: answerOf(cfssl),
      verdict: {
        verdict: 'failed',
        code: 'CARejected',
        message: 'The CA answered 200 OK, which pki.rules[0] counts as failed; it says: "CSR Decode failed" (code 9002)',
      },
    },
    {
      what: 'issuer-broken',
      answer: answerOf({ errors: [{ message: 'invalid token' }] }, { status: 400 }),
      verdict: {
        verdict: 'issuer-broken',
        code: 'CARequestWrong',
        unauthorized: false,
        message: 'The CA answered 400 Bad Request, which pki.rules[1] counts as issuer-broken; it says: "invalid token"',
      },
    },
    { what: 'pending', answer: answerOf({ state: 'waiting' }), verdict: { verdict: 'pending' } },
    {
      what: 'retry',
      answer: answerOf('<h1>maintenance</h1>', { status: 200, headers: { 'retry-after': '60' } }),
      verdict: {
        verdict: 'retry',
        code: 'CAUnavailable',
        afterMs: 60_000,
        message:
          'The CA answered 200 OK, which pki.rules[3] counts as retry; it gives no reason (pki.response.errorField "errors.0.message" finds nothing)',
      },
    },
    { what: 'issued', answer: answerOf({}, { status: 409 }), verdict: { verdict: 'good' } },
    { what: 'nothing, so that the status decides', answer: answerOf({}, { status: 201 }), verdict: { verdict: 'good' } },
  ];
  for (const { what, answer, verdict } of sorted) {
    test(`say ${what}`, () => {
      assert.deepEqual(sort(answer, { rules, pendingConfigured: true }), verdict);
    });
  }

  test('drop the credential where the status is 401', () => {
    const verdict = sort(answerOf({}, { status: 401 }), { rules });
    assert.ok(verdict.verdict === 'issuer-broken' && verdict.unauthorized && verdict.code === 'CAAuthRefused');
  });

  test('of the step come first', () => {
    const stepRules = [{ when: 'status == 409', outcome: 'retry' }] as const;
    const verdict = sort(answerOf({}, { status: 409 }), { rules, stepRules });
    assert.ok(verdict.verdict === 'retry' && verdict.message.includes('pki.steps[0].rules[0] counts as retry'));
  });

  test('say pending without pki.pending: the issuer is broken', () => {
    const verdict = sort(answerOf({ state: 'waiting' }), { rules });
    assert.ok(verdict.verdict === 'issuer-broken' && verdict.code === 'PendingNotConfigured');
    assert.match(
      verdict.message,
      /^The CA answered 200 OK: it decides later, but pki\.pending is not set\. Describe in it how/,
    );
  });

  test('that are wrong are refused by their field', () => {
    const defaults = { rules, response, pendingConfigured: false, field: 'pki.steps[1]', now: () => now };
    const rule = { when: 'stat == 1', outcome: 'retry' } as const;
    assert.match(
      bad(createSorter({ ...defaults, rules: [...rules, rule] })),
      /^pki\.rules\[6\]\.when: at character 1, Unknown variable: stat/,
    );
    assert.match(bad(createSorter({ ...defaults, stepRules: [rule] })), /^pki\.steps\[1\]\.rules\[0\]\.when: /);
    const waiting = { when: 'true', outcome: 'pending' } as const;
    assert.match(
      bad(createSorter({ ...defaults, stepRules: [waiting] })),
      /^pki\.steps\[1\]\.rules\[0\]\.outcome is pending, but pki\.pending is not set/,
    );
    assert.match(
      bad(createSorter({ ...defaults, response: { ...response, errorField: 'a..b' } })),
      /^pki\.response\.errorField "a\.\.b": /,
    );
    assert.match(
      bad(createSorter({ ...defaults, response: { ...response, errorCodeField: '[' } })),
      /^pki\.response\.errorCodeField "\[": /,
    );
  });
});
