import { Option, type Command } from 'commander';
import type { CaDeps } from './session.ts';
import { addHeldCaOptions, type HeldCaFlags } from './options.ts';

/** The options of `ca show`, besides those on the vault, as they are written. */
export interface ShowFlags extends HeldCaFlags {
  readonly output: 'text' | 'json' | 'yaml' | 'pem';
}

/** Adds `ca show`, which says what an issuer would use. */
export function addCaShowCommand(parent: Command, deps: CaDeps): void {
  const command = parent
    .command('show')
    .summary('show the CA certificate and the key that an issuer would use')
    .description(
      'Shows what an issuer with these settings would use: the CA certificate, the version of the key that belongs to it, what\n' +
        'it can sign with, and how long it lives. Nothing is signed; "ca verify" says whether it works.\n\n' +
        `Example: ${deps.invocation} ca show --vault-url https://team-pki.vault.azure.net --key issuing-ca`,
    );
  addHeldCaOptions(command)
    .addOption(new Option('-o, --output <format>', 'how it is shown').choices(['text', 'json', 'yaml', 'pem']).default('text'))
    .action(async (flags: ShowFlags) => {
      const { runShow } = await import('./show-run.ts');
      const { withVaultOf } = await import('./session.ts');
      await withVaultOf(command, deps, async (session) => await runShow(flags, session));
    });
}
