import type { Command } from 'commander';
import { addCaCreateCommand } from './ca/create.ts';
import { addCaCsrCommand } from './ca/csr.ts';
import { addCaImportCommand } from './ca/import.ts';
import { addCaShowCommand } from './ca/show.ts';
import { addCaVerifyCommand } from './ca/verify.ts';
import type { CaDeps } from './ca/session.ts';

/** Adds `ca`, which makes and looks at a CA whose key is in Azure Key Vault; docs/cli.md describes it. */
export function addCaCommand(program: Command, deps: CaDeps): void {
  const command = program
    .command('ca')
    .summary('make, import, show and verify a CA whose key is in Azure Key Vault')
    .description(
      'Makes and looks at a CA for issuers with signerType keyvault. Its private key stays in the vault, which signs; its\n' +
        'certificate is kept in a secret of the vault, by default of the same name as the key, which is where issuers look for it.',
    );
  addCaCreateCommand(command, deps);
  addCaCsrCommand(command, deps);
  addCaImportCommand(command, deps);
  addCaShowCommand(command, deps);
  addCaVerifyCommand(command, deps);
}
