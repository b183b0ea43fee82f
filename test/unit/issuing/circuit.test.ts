import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCircuit, type Circuit } from '../../../src/issuing/circuit.ts';

const problem = { code: 'AuthError', message: 'the token was refused' };

function tripped(at = 0): Circuit {
  const circuit = createCircuit();
  circuit.trip(problem, at);
  return circuit;
}

function halfOpen(): Circuit {
  const circuit = tripped();
  circuit.checkPassed();
  return circuit;
}

describe('a circuit', () => {
  test('lets everybody through while it is closed, and says nothing of a problem', () => {
    const circuit = createCircuit();
    assert.equal(circuit.open(), undefined);
    assert.ok(circuit.admit('a') && circuit.admit('b'));
    assert.equal(circuit.worked(), false);
  });

  test('lets nobody through while it is open, and tells the problem and the time of the next check', () => {
    const circuit = tripped(5000);
    assert.deepEqual(circuit.open(), { problem, until: 15_000 });
    assert.equal(circuit.admit('a'), false);
  });

  test('is not closed by a request that was with the CA before it opened', () => {
    const circuit = tripped();
    assert.equal(circuit.worked(), false);
    assert.notEqual(circuit.open(), undefined);
  });

  test('keeps the time of the next check when more requests find the same', () => {
    const circuit = tripped(5000);
    const later = { code: 'AuthError', message: 'refused again' };
    circuit.trip(later, 12_000);
    assert.deepEqual(circuit.open(), { problem: later, until: 15_000 });
  });

  test('lets one request through after a check has passed, and the same one again', () => {
    const circuit = halfOpen();
    assert.equal(circuit.open(), undefined);
    assert.equal(circuit.admit('a'), true);
    assert.equal(circuit.admit('b'), false);
    assert.equal(circuit.admit('a'), true);
  });

  test('lets another one through when the first has shown nothing', () => {
    const circuit = halfOpen();
    circuit.admit('a');
    circuit.undecided('b');
    assert.equal(circuit.admit('b'), false);
    circuit.undecided('a');
    assert.equal(circuit.admit('b'), true);
  });

  test('closes when a request worked, and says so once', () => {
    const circuit = halfOpen();
    circuit.admit('a');
    assert.equal(circuit.worked(), true);
    assert.equal(circuit.worked(), false);
    assert.ok(circuit.admit('b') && circuit.admit('c'));
  });

  test('is not changed by a check that passes while it is closed', () => {
    const circuit = createCircuit();
    circuit.checkPassed();
    assert.ok(circuit.admit('a') && circuit.admit('b'));
  });

  test('doubles the pause each time the first request finds it broken again, up to ten minutes', () => {
    const circuit = createCircuit();
    const pauses = Array.from({ length: 9 }, () => {
      circuit.trip(problem, 0);
      const until = circuit.open()?.until;
      circuit.checkPassed();
      circuit.admit('a');
      return until;
    });
    assert.deepEqual(
      pauses,
      [10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1000),
    );
  });

  test('begins with the short pause again when it was closed in between', () => {
    const circuit = halfOpen();
    circuit.trip(problem, 0);
    circuit.checkPassed();
    circuit.admit('a');
    circuit.worked();
    circuit.trip(problem, 0);
    assert.equal(circuit.open()?.until, 10_000);
  });
});
