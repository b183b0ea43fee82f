import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file and what is to be in it; `mode` is that of the new file. */
export interface NewContent {
  readonly file: string;
  readonly text: string;
  readonly mode: number;
}

/**
 * Replaces a file, or makes it, so that whoever reads it sees the old content or the new one, and never a part; what was written survives a
 * crash of the machine. A symbolic link stays one, and what it leads to is replaced.
 */
export async function replaceFile({ file, text, mode }: NewContent): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Replaces files one after the other; where one cannot be, those before it get their old content back. Between two of them a reader can see
 * one that is new beside one that is old.
 */
export async function replaceFiles(contents: readonly NewContent[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const content of contents) {
      const before = await readFile(content.file, 'utf8').catch(() => undefined);
      await replaceFile(content);
      undo.push(async () => {
        if (before === undefined) await rm(content.file, { force: true });
        else await replaceFile({ ...content, text: before });
      });
    }
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}
