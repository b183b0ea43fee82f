import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { replaceFile, replaceFiles } from '../../../src/lib/atomic-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'external-issuer-file-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');
const mode = (name: string): number => statSync(path(name)).mode & 0o777;

describe('a file that is replaced', () => {
  test('has the new content and mode, and no draft stays beside it', async () => {
    writeFileSync(path('a'), 'old', { mode: 0o644 });
    await replaceFile({ file: path('a'), text: 'new', mode: 0o600 });
    assert.deepEqual([read('a'), mode('a'), readdirSync(folder)], ['new', 0o600, ['a']]);
  });

  test('may be one that is not there yet', async () => {
    await replaceFile({ file: path('a'), text: 'new', mode: 0o600 });
    assert.deepEqual([read('a'), mode('a')], ['new', 0o600]);
  });

  for (const [what, isThere] of [['is there', true] as const, ['is not there yet', false] as const]) {
    test(`is the one that a symbolic link leads to, which ${what}`, async () => {
      mkdirSync(path('real'));
      if (isThere) writeFileSync(path('real/config'), 'old');
      symlinkSync('real/config', path('link'));
      await replaceFile({ file: path('link'), text: 'new', mode: 0o600 });
      assert.ok(lstatSync(path('link')).isSymbolicLink());
      assert.deepEqual([read('real/config'), mode('real/config')], ['new', 0o600]);
    });
  }

  test('stays as it was where it cannot be, and no draft stays', async () => {
    mkdirSync(path('a'));
    await assert.rejects(replaceFile({ file: path('a'), text: 'new', mode: 0o600 }), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(folder), ['a']);
  });
});

describe('files that are replaced together', () => {
  test('are all new', async () => {
    await replaceFiles(['a', 'b'].map((name) => ({ file: path(name), text: name, mode: 0o600 })));
    assert.deepEqual([read('a'), read('b')], ['a', 'b']);
  });

  test('are as they were, with their modes, where one cannot be replaced', async () => {
    writeFileSync(path('a'), Buffer.from([0xff, 0x00]), { mode: 0o640 });
    const contents = ['a', 'new', 'none/c'].map((name) => ({ file: path(name), text: 'x', mode: 0o600 }));
    await assert.rejects(replaceFiles(contents), { code: 'ENOENT' });
    assert.deepEqual([...readFileSync(path('a'))], [0xff, 0x00]);
    assert.deepEqual([mode('a'), readdirSync(folder)], [0o640, ['a']]);
  });

  test('are not touched from the first on that could not be put back', async () => {
    mkdirSync(path('b'));
    writeFileSync(path('a'), 'old');
    const contents = ['a', 'b'].map((name) => ({ file: path(name), text: 'x', mode: 0o600 }));
    await assert.rejects(replaceFiles(contents), { code: 'EISDIR' });
    assert.equal(read('a'), 'old');
  });
});
