import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { shellWord } from '../lib/shell-word.ts';

/**
 * How to call this program again, as a word of a shell: `bin/external-issuer` in a checkout (by its whole path from elsewhere),
 * else `external-issuer`.
 * @param script the absolute path of the script that runs, `process.argv[1]`.
 * @param folder the working directory.
 */
export function invocationOf(script: string, folder: string): string {
  const parent = dirname(script);
  if (basename(script) !== 'main.ts' || basename(parent) !== 'src') return 'external-issuer';
  const launcher = join(dirname(parent), 'bin', 'external-issuer');
  const near = relative(folder, launcher);
  return shellWord(near.startsWith('..') || isAbsolute(near) ? launcher : near);
}
