import type { Command } from 'commander';
import type { CaDeps } from './session.ts';
import { addForceOption, addNewCaOptions, addVaultOptions, type NewCaFlags } from './options.ts';

/** Adds `ca csr`, which has the key sign a CSR for a CA outside the vault. */
export function addCaCsrCommand(parent: Command, deps: CaDeps): void {
  const command = parent
    .command('csr')
    .summary('make a CSR for a key of the vault, for an outside root to sign')
    .description(
      'Makes the CSR of a CA whose key is in the vault, for a CA outside the vault to sign, and prints it as PEM; the\n' +
        'certificate that comes of it goes to "ca import".\n\n' +
        `Example: ${deps.invocation} ca csr --vault-url https://team-pki.vault.azure.net --key issuing-ca --create-key \\\n` +
        '           --subject "CN=Example Issuing CA,O=Example" --path-length 0 --out issuing-ca.csr',
    );
  addNewCaOptions(addVaultOptions(command), 'the CSR').option(
    '--out <file>',
    'write the CSR to this file instead of to standard output',
  );
  addForceOption(command, 'the file').action(async (flags: NewCaFlags) => {
    const { runCsr } = await import('./csr-run.ts');
    const { withVaultOf } = await import('./session.ts');
    await withVaultOf(command, deps, async (session) => await runCsr(flags, session));
  });
}
