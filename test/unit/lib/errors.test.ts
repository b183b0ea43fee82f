import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError, messageOf } from '../../../src/lib/errors.ts';

describe('the message of', () => {
  const addresses = [new Error('connect ECONNREFUSED ::1:443'), new Error('connect ECONNREFUSED 127.0.0.1:443')];
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['an error', new TypeError('wrong'), 'wrong'],
    ['a coded error', new CodedError('Busy', 'the CA is busy', { cause: new Error('hidden') }), 'the CA is busy'],
    ['what was tried on all addresses', new AggregateError(addresses), `${addresses[0]?.message}; ${addresses[1]?.message}`],
    ['several errors that have a message together', new AggregateError(addresses, 'all failed'), 'all failed'],
    ['an error without one', new RangeError(), 'RangeError'],
    ['no error at all', 'text', 'text'],
    ['nothing', undefined, 'undefined'],
  ];
  for (const [name, error, message] of cases) test(name, () => assert.equal(messageOf(error), message));
});
