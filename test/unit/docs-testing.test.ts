import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { codeIn, projectRoot, readPage, rowsOf } from './support/markdown.ts';

const page = await readPage('docs/testing.md');
const rows = rowsOf(page);

describe('docs/testing.md', () => {
  test('names tests that there are', () => {
    const places = codeIn(page.text).filter((code) => code.startsWith('test/'));
    assert.ok(places.length > 10);
    for (const place of places) assert.ok(globSync(place, { cwd: fileURLToPath(projectRoot) }).length > 0, place);
  });

  test('has a row for each target that tests', () => {
    const makefile = readFileSync(new URL('Makefile', projectRoot), 'utf8');
    const targets = [...makefile.matchAll(/^((?:test|check|bench)[a-z-]*):.*##/gm)].map(([, target = '']) => target);
    assert.ok(targets.length > 4);
    const documented = rows.flatMap(([first = '']) => /^`make ([a-z-]+)/.exec(first)?.[1] ?? []);
    for (const target of targets) assert.ok(documented.includes(target), target);
  });

  test('speaks of every preset that is tested with a stand-in, as docs/pki.md does', async () => {
    const standIns = rowsOf(await readPage('docs/pki.md')).filter((row) => row.at(-1) === 'a strict stand-in');
    assert.ok(standIns.length > 2);
    const row = rows.map(([first = '']) => first).find((first) => first.includes('Vault, OpenBao')) ?? '';
    for (const [product = ''] of standIns) {
      for (const name of product.split(', ')) assert.ok(row.includes(name.replace('Keyfactor ', '')), name);
    }
  });
});
