import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { test } from 'node:test';
import { projectRoot, readPage, rowsOf, sectionOf } from './support/markdown.ts';

test('docs/security.md names a test for each threat, and only tests that there are', async () => {
  const rows = rowsOf(sectionOf(await readPage('docs/security.md'), '## Threats'));
  assert.ok(rows.length > 10);
  for (const [who, what, , proof = ''] of rows) {
    const paths = proof.match(/(?<=`)test\/[^`]+/g) ?? [];
    assert.ok(paths.length > 0, `${who}: ${what}`);
    for (const path of paths) await access(new URL(path, projectRoot));
  }
});
