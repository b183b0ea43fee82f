import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { printable } from '../../../src/lib/printable.ts';
import { createLogger } from '../../../src/lib/log.ts';

function logged(
  format: 'json' | 'text',
  level: 'info' | 'debug' = 'info',
): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, format }, { write: (line) => lines.push(line) }) };
}

describe('the log', () => {
  test('is a line of JSON an event', () => {
    const { lines, log } = logged('json');
    log.info({ addr: '127.0.0.1:1' }, 'listening');
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, string>;
    assert.match(time ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(rest, { level: 'info', addr: '127.0.0.1:1', msg: 'listening' });
  });

  test('is a readable line an event in text', () => {
    const { lines, log } = logged('text');
    log.warn({ addr: '127.0.0.1:1', signed: 3, options: ['a b'], subject: 'CN=a b' }, 'listening here');
    assert.match(
      lines.join(''),
      /^\S+Z WARN {2}listening here addr=127\.0\.0\.1:1 signed=3 options=\["a b"\] subject="CN=a b"\n$/,
    );
  });

  test('keeps one event on one line, whatever a client sent', () => {
    const { lines, log } = logged('text');
    log.info({ subject: 'a\nb\u001b[31m\u0085\u202e' }, 'x\r\ny\u001b');
    assert.doesNotMatch(lines.join('').slice(0, -1), /[\p{Cc}\u202e]/u);
    assert.match(lines.join(''), /x\\u000d\\u000ay\\u001b subject="a\\nb\\u001b\[31m\\u0085\\u202e"\n$/);
  });

  test('leaves out what is below its level', () => {
    const { lines, log } = logged('text');
    log.debug('quiet');
    assert.deepEqual(lines, []);
    const loud = logged('text', 'debug');
    loud.log.debug('quiet');
    assert.equal(loud.lines.length, 1);
  });
});

test('printable text keeps letters of all languages', () => {
  assert.equal(printable('Grüße, 世界 🙂'), 'Grüße, 世界 🙂');
});
