import { link, mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { commandFailure } from '../deps.ts';

/** A file that is to be made. */
export interface NewFile {
  readonly file: string;
  readonly text: string;
  readonly mode: number;
}

/** Files that were made, while it is not known yet whether they stay. */
export interface PlacedFiles {
  /** What they replaced, as `NAME.key.old`, until one of the two below is called. */
  readonly aside: readonly string[];
  /** They stay; what they replaced goes. */
  keep(): Promise<void>;
  /** They go; what they replaced is back. */
  takeBack(): Promise<void>;
}

/**
 * Makes files; those that are there are set aside where `force` is given. Nothing is changed where one cannot be made.
 * @throws {CodedError} `Failed`, which names the file
 */
export async function placeFiles(files: readonly NewFile[], force: boolean): Promise<PlacedFiles> {
  const undo: (() => Promise<void>)[] = [];
  const aside: string[] = [];
  const takeBack = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  for (const { file, text, mode } of files) {
    try {
      await mkdir(dirname(file), { recursive: true });
      const old = force ? await setAside(file) : undefined;
      if (old !== undefined) {
        aside.push(old);
        undo.push(async () => await rename(old, file));
      }
      await writeFile(file, text, { flag: 'wx', mode });
      undo.push(async () => await rm(file, { force: true }));
    } catch (cause) {
      await takeBack();
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw inTheWay(cause, file);
      throw commandFailure(`--dir: ${messageOf(cause)}; nothing was asked of the cluster`, { cause });
    }
  }
  const keep = async (): Promise<void> => {
    for (const old of aside) await rm(old, { force: true });
  };
  return { aside, keep, takeBack };
}

/** A link is refused where its name is taken, and a rename is not: what an earlier run set aside may be the key in use. */
async function setAside(file: string): Promise<string | undefined> {
  const old = `${file}.old`;
  try {
    await link(file, old);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  await unlink(file);
  return old;
}

function inTheWay(cause: Error & { readonly dest?: unknown }, file: string): Error {
  const old = typeof cause.dest === 'string';
  const message = old
    ? `${cause.dest} is there, from a run whose end is not known; put it back as ${file}, or remove it`
    : `${file} is there already; give another NAME or --dir, or --force to overwrite it`;
  return commandFailure(`${message}; nothing was asked of the cluster`, { cause });
}
