import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { VaultSession } from './session.ts';

/** Where a command writes what it made. */
export interface OutputFlags {
  readonly out?: string;
  readonly force: boolean;
}

/** Finds, before anything is made, a file that must not be overwritten or cannot be written. @throws {CodedError} `Failed` */
export async function checkOutput({ out, force }: OutputFlags): Promise<void> {
  if (out === undefined) return;
  const found = await stat(out).catch(() => undefined);
  if (found?.isDirectory() === true) throw commandFailure(`--out: ${out} is a directory; give a file in it`);
  if (found !== undefined && !force) throw isThereFailure(out);
  try {
    await access(found === undefined ? dirname(out) : out, constants.W_OK);
  } catch (cause) {
    throw commandFailure(`--out: ${out} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Writes text to the file, or to standard output, also where the file cannot be written: what was signed is not to be lost.
 * @throws {CodedError} `Failed` where there is no file
 */
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
    stdout.write(text);
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw isThereFailure(out);
    throw commandFailure(`--out: ${messageOf(cause)}; standard output has what was to be in the file`, { cause });
  }
}

function isThereFailure(out: string): Error {
  return commandFailure(`--out: ${out} is there already; give another file, or --force to overwrite it`);
}

/** The command that stores a certificate for the key of this one, to copy. */
export function importCommand(
  { deps, choice }: Pick<VaultSession, 'deps' | 'choice'>,
  { secretName, file }: { readonly secretName: string | undefined; readonly file: string },
): string {
  const { vaultUrl, keyName, cloud, login } = choice;
  const words = [
    '--vault-url',
    vaultUrl,
    '--key',
    keyName,
    ...(login === 'az' ? [] : ['--login', login]),
    ...(cloud === undefined ? [] : ['--cloud', cloud]),
    ...(secretName === undefined ? [] : ['--secret-name', secretName]),
    '--certificate',
    shellWord(file),
  ];
  return `${deps.invocation} ca import ${words.join(' ')}`;
}
