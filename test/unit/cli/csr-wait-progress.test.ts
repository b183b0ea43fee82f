import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createProgress } from '../../../src/cli/text/progress.ts';

describe('progress', () => {
  const written = (sink: { readonly isTTY?: boolean; readonly columns?: number }): string => {
    let text = '';
    const progress = createProgress({ ...sink, write: (more) => (text += more) });
    progress.say('waits', 0);
    progress.say('waits', 1500);
    progress.say('x'.repeat(25), 2000);
    progress.say('done', 62_000);
    progress.end();
    return text;
  };

  test('is a line for each change where nobody reads along', () => {
    assert.equal(written({}), `waits\n${'x'.repeat(25)}\ndone\n`);
  });

  test('is rewritten in place on a terminal, also where it fills several rows', () => {
    const clear = '\r\u001B[J';
    assert.equal(
      written({ isTTY: true, columns: 10 }),
      `waits${clear}waits (1s)${clear}${'x'.repeat(25)} (2s)\r\u001B[2A\u001B[Jdone (1m2s)\n`,
    );
  });
});
