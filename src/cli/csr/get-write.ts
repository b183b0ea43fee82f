import { randomUUID } from 'node:crypto';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { commandFailure } from '../deps.ts';

/**
 * Writes a file that is there whole or not at all, beside which no other program sees a half one.
 * @param option the option that names the file, for messages.
 * @throws {CodedError} `Failed` where it is there and `force` is not given, or it cannot be written.
 */
export async function writeWhole(option: string, file: string, text: string, force: boolean): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: 'wx', mode: 0o644 });
    // A link is refused where the name is taken; a rename is not.
    await (force ? rename(draft, file) : link(draft, file));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw commandFailure(`${option}: ${file} is there already; give another file, or --force to overwrite it`, { cause });
    }
    throw commandFailure(`${option}: ${file} cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}
