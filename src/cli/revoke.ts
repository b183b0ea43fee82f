import type { Command } from 'commander';
import { type CliDeps, usageError } from './deps.ts';
import { addIssuerOptions, signersFor, withFiles, type WrittenIssuerFlags } from './issuer-options.ts';

/** Adds `revoke`, the only way in which anything is ever revoked. */
export function addRevokeCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('revoke')
    .summary('have the CA of an issuer revoke a certificate')
    .description(
      "Sends the CA the request that the issuer's configuration describes under revoke, once. Nothing else revokes: neither the\n" +
        'controller nor the deletion of an object does.\n\n' +
        `Example: ${deps.invocation} revoke -f issuer.yaml --serial "$(openssl x509 -in tls.crt -noout -serial | cut -d= -f2)"`,
    )
    .option('--serial <hex>', 'serial number of the certificate, hexadecimal, with or without colons (required)');
  addIssuerOptions(command).action(async ({ serial, ...written }: WrittenIssuerFlags & { readonly serial?: string }) => {
    if (serial === undefined) throw usageError('--serial: give the serial number of the certificate, in hexadecimal');
    const flags = withFiles({ ...written, serial });
    const { runRevoke } = await import('./revoke-run.ts');
    await runRevoke(flags, await signersFor(command, deps), deps);
  });
}
