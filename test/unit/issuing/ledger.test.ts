import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLedger } from '../../../src/issuing/ledger.ts';

describe('the ledger', () => {
  test('remembers by uid, and forgets', () => {
    const ledger = createLedger();
    const memory = ledger.of('a', 'csr');
    assert.deepEqual(memory, { csr: 'csr', failures: 0, told: new Set() });
    assert.equal(ledger.of('a', 'csr'), memory);
    assert.notEqual(ledger.of('b', 'csr'), memory);
    assert.equal(ledger.size, 2);
    ledger.forget('a');
    ledger.forget('unknown');
    assert.equal(ledger.size, 1);
    assert.notEqual(ledger.of('a', 'csr'), memory);
  });

  test('knows nothing of a request whose CSR was changed', () => {
    const ledger = createLedger();
    ledger.of('a', 'csr').outcome = { requeueAfterMs: 1 };
    assert.equal(ledger.of('a', 'other csr').outcome, undefined);
    assert.equal(ledger.of('a', 'csr').outcome, undefined);
    assert.equal(ledger.size, 1);
  });
});
