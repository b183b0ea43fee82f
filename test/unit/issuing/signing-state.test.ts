import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canBeKept, readSigningState, writeSigningState } from '../../../src/issuing/signing-state.ts';
import type { SigningState } from '../../../src/issuing/request-view.ts';

const firstTry = '2027-01-15T08:00:00.000Z';

const states: fc.Arbitrary<SigningState> = fc
  .record({
    at: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
    id: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }), { nil: undefined }),
  })
  .map(({ at, id }) => ({ firstTry: at.toISOString(), ...(id === undefined ? {} : { caRequestId: id }) }));

describe('the signing state', () => {
  test('comes back as it was written, for its CSR and no other, in at most 1 KiB', () => {
    fc.assert(
      fc.property(states, fc.string(), fc.string(), (state, csr, other) => {
        const message = writeSigningState(state, csr);
        assert.ok(message.length <= 1024);
        assert.deepEqual(readSigningState(message, csr), state);
        assert.ok(canBeKept(state));
        if (other !== csr) assert.equal(readSigningState(message, other), undefined);
      }),
    );
  });

  test('is nothing for whatever else stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (message) => {
        assert.equal(readSigningState(message, 'csr'), undefined);
      }),
    );
  });

  const written = JSON.parse(writeSigningState({ firstTry, caRequestId: 'a' }, 'csr')) as Record<string, unknown>;
  const others: readonly (readonly [string, string | undefined])[] = [
    ['no message', undefined],
    ['an empty message', ''],
    ['a first try that is no time', JSON.stringify({ ...written, firstTry: 'yesterday' })],
    ['an id that is no text', JSON.stringify({ ...written, caRequestId: 7 })],
    ['an empty id', JSON.stringify({ ...written, caRequestId: '' })],
    ['an id that is too long', JSON.stringify({ ...written, caRequestId: 'x'.repeat(513) })],
    ['no digest of the CSR', JSON.stringify({ firstTry })],
    ['a message of more than 1 KiB', JSON.stringify({ ...written, padding: 'x'.repeat(1024) })],
    ['deep nesting', '['.repeat(1000) + ']'.repeat(20)],
    ['a prototype', '{"__proto__":{"firstTry":"2027-01-15T08:00:00Z"}}'],
  ];
  for (const [what, message] of others) {
    test(`is nothing for ${what}`, () => assert.equal(readSigningState(message, 'csr'), undefined));
  }

  const ids: readonly (readonly [string, string, boolean])[] = [
    ['an id of 512 letters', 'x'.repeat(512), true],
    ['an id of 513 letters', 'x'.repeat(513), false],
    ['an empty id', '', false],
    ['an id that is long once written', '\u0001'.repeat(200), false],
    ['an id that is long once it is made printable', '\u0085'.repeat(200), false],
    ['an id that is made printable', '\u0085\u2028'.repeat(50), true],
  ];
  for (const [what, caRequestId, keeps] of ids) {
    test(`${keeps ? 'can' : 'cannot'} be kept with ${what}`, () => assert.equal(canBeKept({ firstTry, caRequestId }), keeps));
  }
});
