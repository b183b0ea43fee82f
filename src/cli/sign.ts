import type { Command } from 'commander';
import { type CliDeps, usageError } from './deps.ts';
import { addIssuerOptions, collect, signersFor, withFiles, type WrittenIssuerFlags } from './issuer-options.ts';
import type { SignFlags } from './sign-input.ts';
import type { TrialFlags } from './trial-request.ts';

type WrittenFlags = Omit<SignFlags, 'csr'> &
  TrialFlags &
  WrittenIssuerFlags & { readonly csr?: string; readonly caDir?: string };

/** What is said of the options that only make sense beside the other ones. */
const belongsToIssuer = 'belongs to -f FILE, which names an issuer to sign with; without it a CA for tests signs';
const belongsToTests = 'keeps the CA for tests; with -f FILE the CA of the issuer signs. Leave one of the two out';

/** Adds `sign`, which signs one CSR without a cluster: with an issuer's CA, or with a CA for tests. */
export function addSignCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('sign')
    .summary('sign one CSR without a cluster: with an issuer of a file, or with a CA for tests')
    .description(
      'Signs one CSR and prints the certificate; standard error tells what was signed.\n\n' +
        'With -f, the CA of that issuer signs, in the same way as in a cluster, and the answer is checked; --dry-run shows the\n' +
        'requests and sends nothing. Without -f, a CA for tests signs that is made for this run, or kept with --ca-dir.\n\n' +
        `Examples: ${deps.invocation} sign -f issuer.yaml --csr tls.csr --dry-run\n` +
        `          ${deps.invocation} sign --csr tls.csr --ca-dir ca --out tls.crt`,
    )
    .option('--csr <file>', 'the CSR: PEM, DER, or base64 of either; - reads standard input (required)')
    .option('--duration <duration>', 'how long the certificate is valid: 24h, 90d', '90d')
    .option('--usage <name>', 'a usage as cert-manager names it, such as "server auth"; may be repeated', collect)
    .option('--is-ca', 'sign a CA certificate', false)
    .option('--ca-dir <folder>', 'where the CA for tests is kept (tls.crt, tls.key), made if absent')
    .option('--ca-out <file>', "write the CA's certificate here")
    .option('--out <file>', 'write the output here instead of to standard output')
    .option('-o, --output <format>', 'pem (the certificate, then its intermediates), json or text', 'pem')
    .option('--dry-run', 'with -f: show the requests that would be sent, secrets masked, and send nothing', false)
    .option('--timeout <duration>', 'with -f: how long a CA that decides later is asked again', '5m')
    .option('--name <name>', 'with -f: name of the request, as if it were in a cluster', 'trial')
    .option('--namespace <name>', "with -f: namespace of the request (default: the issuer's, else default)")
    .option('--annotation <key=value>', 'with -f: an annotation of the request; may be repeated', collect)
    .option('--label <key=value>', 'with -f: a label of the request; may be repeated', collect)
    .option(
      '--revision <n>',
      'with -f: revision of the certificate (cert-manager.io/certificate-revision); above 1 it is a renewal',
    );
  // What -f takes besides is of no use without it either.
  const shared = command.options.map(({ long }) => long).filter((name) => !isForIssuer(command, name));
  addIssuerOptions(command).action(async ({ csr, ...written }: WrittenFlags) => {
    // Not commander's required option: that would be missed before an option that is spelt wrongly is found.
    if (csr === undefined) throw usageError('--csr: give the file of the CSR, or - to read it from standard input');
    if (written.file === undefined) {
      refuse(command, (name) => !shared.includes(name), belongsToIssuer);
      const { runSign } = await import('./sign-run.ts');
      await runSign({ ...written, csr }, deps);
      return;
    }
    refuse(command, (name) => name === '--ca-dir', belongsToTests);
    const { runSignWithIssuer } = await import('./sign-issuer.ts');
    await runSignWithIssuer({ ...withFiles(written), csr }, await signersFor(command, deps), deps);
  });
}

function isForIssuer(command: Command, name: string | undefined): boolean {
  return command.options.some(({ long, description }) => long === name && description.startsWith('with -f: '));
}

/** @throws {CodedError} `Usage` where such an option was given on the command line. */
function refuse(command: Command, which: (name: string) => boolean, why: string): void {
  for (const option of command.options) {
    const given = command.getOptionValueSource(option.attributeName()) === 'cli';
    if (given && which(option.long ?? '')) throw usageError(`${option.long}: ${why}`);
  }
}
