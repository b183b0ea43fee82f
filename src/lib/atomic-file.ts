import { randomUUID } from 'node:crypto';
import { open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A file and what is to be in it; `mode` is that of the new file, whatever the old one's was. */
export interface NewContent {
  readonly file: string;
  readonly text: string | Uint8Array;
  readonly mode: number;
}

/**
 * Replaces a file, or makes it, so that whoever reads it sees the old content or the new one, and never a part; what was written survives a
 * crash of the machine. A symbolic link stays one, and what it leads to is replaced.
 */
export async function replaceFile({ file, text, mode }: NewContent): Promise<void> {
  const target = await targetOf(file);
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
  await syncFolder(dirname(target));
}

/**
 * Replaces files one after the other; where one cannot be, those before it get their old content and mode back. Between two of them a
 * reader can see one that is new beside one that is old.
 */
export async function replaceFiles(contents: readonly NewContent[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const content of contents) {
      const before = await readBefore(content.file);
      await replaceFile(content);
      undo.push(async () => await (before === undefined ? rm(content.file, { force: true }) : replaceFile(before)));
    }
  } catch (error) {
    // Each is tried: one that cannot be undone must not keep the others from it.
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    throw error;
  }
}

/** A link may lead to a file that is not there yet. */
async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const target = await readlink(file).catch(() => undefined);
    return target === undefined ? file : resolve(dirname(file), target);
  }
}

async function readBefore(file: string): Promise<NewContent | undefined> {
  try {
    const [text, { mode }] = await Promise.all([readFile(file), stat(file)]);
    return { file, text, mode: mode & 0o777 };
  } catch (error) {
    // What is there and cannot be read could not be put back.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Not every file system lets a folder be synchronised; the file is there all the same. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
