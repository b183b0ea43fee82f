import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { blocksOf, projectRoot, readPages } from '../support/markdown.ts';

const folder = new URL('scripts/', projectRoot);
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'));

describe('the options of the scripts', () => {
  for (const name of scripts) {
    test(`${name} takes those of its help, and no other`, () => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      const [, help = ''] = /<<'END'\n([^]*?)\nEND\n/.exec(text) ?? [];
      const told = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = '']) => option);
      const taken = [...text.matchAll(/^ {4}(--[a-z-]+)(?: \| -h)?\)/gm)].map(([, option = '']) => option);
      assert.ok(told.length > 5, 'the help has options');
      assert.deepEqual(told.toSorted(), taken.toSorted());
    });
  }

  test('in the pages are those that the scripts take', async () => {
    let count = 0;
    for (const page of await readPages()) {
      const code = blocksOf(page, 'sh').map(({ text }) => text.replaceAll('\\\n', ' '));
      for (const [, name = '', rest = ''] of code.join('\n').matchAll(/\bscripts\/([a-z-]+\.sh)([^|>\n]*)/g)) {
        const text = readFileSync(new URL(name, folder), 'utf8');
        for (const [option] of rest.matchAll(/(?<=\s)--[a-z-]+/g)) {
          assert.match(text, new RegExp(`^ {4}${option}\\)`, 'm'), `${page.name}: ${name} has no ${option}`);
          count += 1;
        }
      }
    }
    assert.ok(count >= 5, 'commands were found in the pages');
  });
});
