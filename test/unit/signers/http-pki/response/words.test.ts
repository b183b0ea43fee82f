import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { WrittenResponse } from '../../../../../src/signers/http-pki/schema/response.ts';
import { createSorter } from '../../../../../src/signers/http-pki/response/sort.ts';
import { answerOf, good } from './support/answers.ts';

/** The message of an answer that is refused. */
function messageOf(body: unknown, fields: Partial<WrittenResponse>, status = 400): string {
  const response = { format: 'json', ...fields } as const;
  const sort = createSorter({ rules: [], response, pendingConfigured: false, field: 'pki.steps[0]', now: () => 0 });
  const verdict = good(sort)(answerOf(body, { status }));
  assert.ok('message' in verdict);
  return verdict.message;
}

const key = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBnF\n-----END EC PRIVATE KEY-----';
const cases: readonly {
  readonly what: string;
  readonly body: unknown;
  readonly fields: Partial<WrittenResponse>;
  readonly status?: number;
  readonly message: string;
}[] = [
  {
    what: "the CA's words and code",
    body: { errors: [{ code: 9002, message: 'CSR Decode failed' }] },
    fields: { errorField: 'errors.0.message', errorCodeField: 'errors.0.code' },
    message: 'The CA answered 400 Bad Request; it says: "CSR Decode failed" (code 9002)',
  },
  {
    what: 'nothing of the body where errorField is not set',
    body: { error: 'secret' },
    fields: {},
    message: 'The CA answered 400 Bad Request; to see why, set pki.response.errorField to where its answer gives the reason',
  },
  {
    what: 'the code alone where errorField is not set',
    body: { error: 'secret', code: 'E1' },
    fields: { errorCodeField: 'code' },
    message:
      'The CA answered 400 Bad Request (code E1); to see why, set pki.response.errorField to where its answer gives the reason',
  },
  {
    what: 'that errorField finds nothing',
    body: 'plain text',
    fields: { errorField: 'error' },
    message: 'The CA answered 400 Bad Request; it gives no reason (pki.response.errorField "error" finds nothing)',
  },
  {
    what: 'that errorField finds an object',
    body: { error: { message: 'x' } },
    fields: { errorField: 'error' },
    message: 'The CA answered 400 Bad Request; it gives no reason (pki.response.errorField "error" finds an object)',
  },
  {
    what: 'the first entries of a list',
    body: { errors: ['one', '', { no: 1 }, ['no'], 'two', 3, 'four'] },
    fields: { errorField: 'errors' },
    message: 'The CA answered 400 Bad Request; it says: "one; two; 3"',
  },
  {
    what: 'what JSONPath finds',
    body: { e: [{ m: 'a' }, { m: 'b' }] },
    fields: { errorField: '$.e[*].m' },
    message: 'The CA answered 400 Bad Request; it says: "a; b"',
  },
  {
    what: 'a body that is text',
    body: 'no such profile\n',
    fields: { errorField: '.' },
    message: 'The CA answered 400 Bad Request; it says: "no such profile"',
  },
  {
    what: 'a header',
    body: '',
    fields: { errorField: 'header:content-type' },
    message:
      'The CA answered 400 Bad Request; it gives no reason (pki.response.errorField "header:content-type" finds nothing)',
  },
  {
    what: 'words on one line, control characters made visible',
    body: { e: 'a\r\n\tb\u0007\u001b[31mc\u202ed' },
    fields: { errorField: 'e' },
    message: 'The CA answered 400 Bad Request; it says: "a b\\u0007\\u001b[31mc\\u202ed"',
  },
  {
    what: '200 characters',
    body: { e: 'word '.repeat(100) },
    fields: { errorField: 'e' },
    message: `The CA answered 400 Bad Request; it says: "${'word '.repeat(40).slice(0, 199)}…"`,
  },
  {
    what: 'a code of 40 characters',
    body: { e: 'x', c: 'word '.repeat(100) },
    fields: { errorField: 'e', errorCodeField: 'c' },
    message: `The CA answered 400 Bad Request; it says: "x" (code ${'word '.repeat(8).slice(0, 39)}…)`,
  },
  {
    what: 'no private key',
    body: { e: `bad request: ${key}` },
    fields: { errorField: 'e' },
    message: 'The CA answered 400 Bad Request; it says: "(not shown: it holds a private key)"',
  },
  {
    what: 'no private key far behind',
    body: { e: 'x'.repeat(500_000) + key },
    fields: { errorField: 'e' },
    message: 'The CA answered 400 Bad Request; it says: "(not shown: it holds a private key)"',
  },
  {
    what: 'no long token or base64',
    body: { e: `bad token ${'aB1_'.repeat(30)} given` },
    fields: { errorField: 'e' },
    message: 'The CA answered 400 Bad Request; it says: "bad token … given"',
  },
  {
    what: 'what to check where the address seems wrong',
    body: { e: 'no route' },
    fields: { errorField: 'e' },
    status: 404,
    message: 'The CA answered 404 Not Found; it says: "no route". Check pki.baseUrl and pki.steps[0]',
  },
  {
    what: 'what to check where the credential is refused',
    body: {},
    fields: { errorField: 'e' },
    status: 403,
    message:
      'The CA answered 403 Forbidden; it gives no reason (pki.response.errorField "e" finds nothing). Check the credential that pki.auth names, and its rights at the CA',
  },
  {
    what: 'a status that has no name',
    body: { e: 'x' },
    fields: { errorField: 'e' },
    status: 599,
    message: 'The CA answered 599; it says: "x"',
  },
];
describe('the message of a refusal has', () => {
  for (const { what, body, fields, status, message } of cases) {
    test(what, () => {
      assert.equal(messageOf(body, fields, status), message);
    });
  }
});

test('whatever a CA says, a message is one printable line that is not long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 100 }), (words, code) => {
      const message = messageOf({ e: words, c: code }, { errorField: 'e', errorCodeField: 'c' });
      assert.ok(Array.from(message).length <= 332);
      assert.doesNotMatch(message, /[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      assert.ok(message.isWellFormed());
    }),
  );
});
