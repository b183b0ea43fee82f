import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { projectRoot } from './markdown.ts';

/** The texts of the files of src/ that match, by their names. */
export async function sources(...patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const name of glob(patterns, { cwd: projectRoot })) {
    texts.set(name, await readFile(new URL(name, projectRoot), 'utf8'));
  }
  assert.ok(texts.size > 0, `there are files ${patterns.join(', ')}`);
  return texts;
}

/** What a pattern's first group finds in files, with a file it was found in. */
export function findAll(texts: ReadonlyMap<string, string>, pattern: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, text] of texts) for (const [, word = ''] of text.matchAll(pattern)) found.set(word, name);
  return found;
}
