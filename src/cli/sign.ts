import type { Command } from 'commander';
import { type CliDeps, usageError } from './deps.ts';
import type { SignFlags } from './sign-run.ts';

/** Adds `sign`, which signs one CSR without a cluster: the quickest look at what certificates come out. */
export function addSignCommand(program: Command, deps: CliDeps): void {
  program
    .command('sign')
    .summary('sign one CSR with a CA for tests, without a cluster')
    .description(
      'Signs one CSR with a CA for tests and prints the certificate; standard error tells what was signed. The CA is made for\n' +
        'this run, or kept in a folder with --ca-dir.\n\n' +
        'Example: external-issuer sign --csr tls.csr --ca-dir ca --out tls.crt && openssl verify -CAfile ca/tls.crt tls.crt',
    )
    .option('--csr <file>', 'the CSR: PEM, DER, or base64 of either; - reads standard input (required)')
    .option('--duration <duration>', 'how long the certificate is valid: 24h, 90d', '90d')
    .option('--usage <name>', 'a usage as cert-manager names it, such as "server auth"; may be repeated', collect)
    .option('--is-ca', 'sign a CA certificate', false)
    .option('--ca-dir <folder>', 'where the CA is kept (tls.crt, tls.key), made if absent')
    .option('--ca-out <file>', "write the CA's certificate here")
    .option('--out <file>', 'write the output here instead of to standard output')
    .option('-o, --output <format>', 'pem (the certificate, then its intermediates), json or text', 'pem')
    .action(async ({ csr, ...flags }: SignFlags) => {
      // Not commander's required option: that would be missed before an option that is spelt wrongly is found.
      if (csr === undefined) throw usageError('--csr: give the file of the CSR, or - to read it from standard input');
      const { runSign } = await import('./sign-run.ts');
      await runSign({ csr, ...flags }, deps);
    });
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
