import { Option, type Command } from 'commander';
import { collect } from '../issuer-options.ts';
import type { CaDeps } from './session.ts';
import { addForceOption, addSecretNameOption, addVaultOptions } from './options.ts';

/** The options of `ca import`, besides those on the vault, as they are written. */
export interface ImportFlags {
  readonly certificate?: readonly string[];
  readonly secretName?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Adds `ca import`, which stores a certificate that another CA made for the key. */
export function addCaImportCommand(parent: Command, deps: CaDeps): void {
  const command = parent
    .command('import')
    .summary('store a certificate that another CA made for the key')
    .description(
      'Takes the certificate of a CA whose key is in the vault, and those above it, checks that it fits the key and may sign,\n' +
        'shows it in words and stores it as the secret that issuers look for. A secret with another certificate is replaced only\n' +
        'with --force. Files that hold a private key are refused.\n\n' +
        `Example: ${deps.invocation} ca import --vault-url https://team-pki.vault.azure.net --key issuing-ca \\\n` +
        '           --certificate issuing-ca.crt --certificate root.crt',
    );
  addVaultOptions(command)
    .addOption(
      new Option(
        '--certificate <file>',
        'the certificate and those above it: PEM, DER or PKCS #7 (.p7b); - reads standard input; may be repeated (required)',
      ).argParser(collect),
    )
    .option('--dry-run', 'check and show the certificate, and store nothing', false);
  addForceOption(addSecretNameOption(command), 'the secret with a new version').action(async (flags: ImportFlags) => {
    const { runImport } = await import('./import-run.ts');
    const { withVaultOf } = await import('./session.ts');
    await withVaultOf(command, deps, async (session) => await runImport(flags, session));
  });
}
