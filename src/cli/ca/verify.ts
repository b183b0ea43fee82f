import type { Command } from 'commander';
import type { CaDeps } from './session.ts';
import { addHeldCaOptions, type HeldCaFlags } from './options.ts';

/** Adds `ca verify`, which checks a CA as an issuer does. */
export function addCaVerifyCommand(parent: Command, deps: CaDeps): void {
  const command = parent
    .command('verify')
    .summary('check whether an issuer could sign with the CA')
    .description(
      'Checks the CA as an issuer with these settings does, and has the key sign a proof. Exits 0 where the issuer would be\n' +
        `ready, else 1. For an issuer that is written already: ${deps.invocation} check -f issuer.yaml\n\n` +
        `Example: ${deps.invocation} ca verify --vault-url https://team-pki.vault.azure.net --key issuing-ca`,
    );
  addHeldCaOptions(command).action(async (flags: HeldCaFlags) => {
    const { runVerify } = await import('./verify-run.ts');
    const { withVaultOf } = await import('./session.ts');
    await withVaultOf(command, deps, async (session) => await runVerify(flags, session));
  });
}
