import { shellWord } from '../shell-word.ts';
import type { VaultSession } from './session.ts';

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
