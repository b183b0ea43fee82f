import type { Command } from 'commander';
import type { CaDeps } from './session.ts';
import { addForceOption, addNewCaOptions, addSecretNameOption, addVaultOptions, type NewCaFlags } from './options.ts';

/** The options of `ca create`, besides those on the vault, as they are written. */
export interface CreateFlags extends NewCaFlags {
  readonly validity: string;
  readonly parentKey?: string;
  readonly parentKeyVersion?: string;
  readonly parentVaultUrl?: string;
  readonly parentSecretName?: string;
  readonly parentCertificate?: string;
  readonly secretName?: string;
  readonly store: boolean;
}

/** Adds `ca create`, which makes a root, or an intermediate under another key of a vault. */
export function addCaCreateCommand(parent: Command, deps: CaDeps): void {
  const command = parent
    .command('create')
    .summary('make a CA certificate for a key of the vault: a root, or an intermediate')
    .description(
      'Makes the certificate of a CA whose key is in the vault: a self-signed root, or with --parent-key an intermediate that\n' +
        'another key of a vault signs. Standard error shows the certificate in words. Without --store it is printed as PEM and\n' +
        'kept nowhere; with --store it becomes the secret that issuers look for. No secret, file or key that is there is\n' +
        'replaced unless --force, or for the key --new-key-version, says so. To renew a CA, give its --key-version.\n\n' +
        `Examples: ${deps.invocation} ca create --vault-url https://team-pki.vault.azure.net --key root-ca --create-key \\\n` +
        '            --subject "CN=Example Root CA,O=Example" --path-length 1 --store\n' +
        `          ${deps.invocation} ca create --vault-url https://team-pki.vault.azure.net --key issuing-ca --create-key \\\n` +
        '            --subject "CN=Example Issuing CA,O=Example" --path-length 0 --validity 26280h --parent-key root-ca --store',
    );
  addNewCaOptions(addVaultOptions(command), 'the certificate')
    .option('--validity <duration>', 'how long it is valid: 87600h, 3650d; an intermediate no longer than its parent', '87600h')
    .option('--parent-key <name>', 'key of the CA that signs; without it, the certificate is a self-signed root')
    .option('--parent-key-version <version>', "its version (default: the one of the parent's certificate)")
    .option('--parent-vault-url <url>', 'the vault it is in (default: --vault-url)')
    .option('--parent-secret-name <name>', "secret with the parent's certificate (default: the name of its key)")
    .option('--parent-certificate <file>', "the parent's certificate, and those above it, in a file in place of a secret")
    .option('--store', 'store the certificate, with those above it, as a secret of the vault', false)
    .option('--out <file>', 'write the certificate, with those above it, to this file instead of to standard output');
  addForceOption(addSecretNameOption(command), 'the secret with a new version, and the file').action(
    async (flags: CreateFlags) => {
      const { runCreate } = await import('./create-run.ts');
      const { withVaultOf } = await import('./session.ts');
      await withVaultOf(command, deps, async (session) => await runCreate(flags, session));
    },
  );
}
