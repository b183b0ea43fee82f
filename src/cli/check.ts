import type { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { addIssuerOptions, signersFor, withFiles, type WrittenIssuerFlags } from './issuer-options.ts';

/** Adds `check`, which says whether an issuer would work, without a cluster. */
export function addCheckCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('check')
    .summary('check an issuer and its CA, without a cluster')
    .description(
      'Reads an issuer and what it refers to from files, validates all of it, and asks its CA whether it works, as the controller\n' +
        'does. Exits 0 where requests would be signed, else 1.\n\n' +
        `Example: ${deps.invocation} check -f issuer.yaml -f secret.yaml`,
    );
  addIssuerOptions(command).action(async (written: WrittenIssuerFlags) => {
    const flags = withFiles(written);
    const { runCheck } = await import('./check-run.ts');
    await runCheck(flags, await signersFor(command, deps), deps);
  });
}
