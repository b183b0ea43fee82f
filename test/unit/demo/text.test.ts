import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrapText } from '../../../scripts/demo/account.ts';
import { layOutTable } from '../../../scripts/demo/table.ts';

describe('a table of the demo', () => {
  test('has columns as wide as their longest line, and no trailing spaces', () => {
    const rows = [
      { name: 'key', cells: [['RSA 2048'], ['Ed25519']] },
      { name: 'names', cells: [['a', 'longer than that'], ['b']] },
    ];
    assert.equal(
      layOutTable(rows),
      ['  key    RSA 2048          Ed25519', '  names  a                 b', '         longer than that'].join('\n'),
    );
  });

  test('leaves room for cells that are not there', () => {
    const rows = [
      { name: 'a', cells: [[], ['x']] },
      { name: 'b', cells: [['yy']] },
    ];
    assert.equal(layOutTable(rows), '  a      x\n  b  yy');
  });

  test('is aligned by what is seen of a styled name', () => {
    const rows = [
      { name: 'a', cells: [['x']] },
      { name: 'long', cells: [['y']] },
    ];
    assert.equal(
      layOutTable(rows, (name) => `<${name}>`),
      '  <a>     x\n  <long>  y',
    );
  });
});

describe('a paragraph of the demo', () => {
  test('is broken at spaces into lines of at most 96 characters', () => {
    const lines = wrapText('twelve chars '.repeat(20).trim(), '  ').split('\n');
    assert.deepEqual(
      lines.map((line) => line.length <= 96 && line.startsWith('  ') && !line.endsWith(' ')),
      [true, true, true],
    );
    assert.equal(lines.map((line) => line.trim()).join(' '), 'twelve chars '.repeat(20).trim());
  });

  test('keeps a word whole that is longer than a line', () => {
    assert.equal(wrapText(`a ${'b'.repeat(100)} c`, ' '), ` a\n ${'b'.repeat(100)}\n c`);
  });
});
