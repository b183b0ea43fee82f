import { access, writeFile } from 'node:fs/promises';
import { messageOf } from '../../lib/errors.ts';
import { type CliDeps, commandFailure } from '../deps.ts';

/** Where a command writes what it made. */
export interface OutputFlags {
  readonly out?: string;
  readonly force: boolean;
}

/** Finds a file that must not be overwritten before anything is made. @throws {CodedError} `Failed` */
export async function checkOutput({ out, force }: OutputFlags): Promise<void> {
  if (out === undefined || force) return;
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (isThere) throw isThereFailure(out);
}

/** Writes text to the file, or to standard output. @throws {CodedError} `Failed` */
export async function writeOutput(
  { out, force }: OutputFlags,
  text: string,
  { stdout }: Pick<CliDeps, 'stdout'>,
): Promise<void> {
  if (out === undefined) {
    stdout.write(text);
    return;
  }
  try {
    await writeFile(out, text, { flag: force ? 'w' : 'wx', mode: 0o644 });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw isThereFailure(out);
    throw commandFailure(`--out: ${messageOf(cause)}`, { cause });
  }
}

function isThereFailure(out: string): Error {
  return commandFailure(`--out: ${out} is there already; give another file, or --force to overwrite it`);
}
