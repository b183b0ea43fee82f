import type { Command } from 'commander';
import { defaultCommonName, serverOrganization } from '../signers/mock-ca/defaults.ts';
import { answerFaults } from '../mockca/faults.ts';
import type { CliDeps } from './deps.ts';

/** Adds `mockca`, a CA for tests that is reached over HTTP; docs/mockca-server.md describes it. */
export function addMockCaCommand(program: Command, deps: CliDeps): void {
  program
    .command('mockca')
    .summary('run a CA for tests that signs over HTTP')
    .description(
      'A CA for tests: an HTTP server that signs every CSR it is sent. Not for production.\n\n' +
        'Every option can also be set in the environment, as MOCKCA_<OPTION> (MOCKCA_LOG_LEVEL=debug); an option wins over the\n' +
        'environment. Durations are written as 30s, 15m, 2160h or 90d.',
    )
    .option('--addr <address>', 'where to listen; :0 takes any free port', ':8080')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--log-format <format>', 'text (a line for people) or json, on standard error', 'text')
    .option('--ca-cn <name>', 'common name of a new CA', defaultCommonName)
    .option('--ca-org <name>', 'organization of a new CA', serverOrganization)
    .option('--ca-validity <duration>', 'how long a new CA is valid', '3650d')
    .option('--ca-dir <folder>', 'where the CA is kept (tls.crt, tls.key), made if absent (default: in memory)')
    .option('--key-algorithm <name>', 'key of a new CA: RSA, ECDSA or Ed25519', 'RSA')
    .option('--key-size <bits>', 'RSA 2048, 3072, 4096; ECDSA 256, 384, 521 (default: 2048, 256)')
    .option('--cert-validity <duration>', 'how long certificates are valid where a request does not say', '365d')
    .option('--tls-cert-file <file>', 'serve HTTPS with this certificate chain (PEM)')
    .option('--tls-key-file <file>', 'private key of --tls-cert-file (PEM)')
    .option('--tls-client-ca-file <file>', 'ask clients for a certificate of this CA (PEM)')
    .option('--token-file <file>', 'ask for the bearer token in this file, except for /, /ca and the health pages')
    .option('--journal <file>', 'add a line of JSON to this file for every signing')
    .option('--fault-latency <duration>', 'for tests of clients: hold every answer back', '0')
    .option('--fault-error-rate <share>', 'for tests of clients: answer this share of requests, 0 to 1, with an error', '0')
    .option('--fault-error-status <status>', 'status of those answers', '503')
    .option('--fault-retry-after <duration>', 'Retry-After of those answers; 0: none', '0')
    .option('--fault-answer <fault>', `spoil each answer: ${answerFaults.join(', ')}`)
    .option('--fault-pending <polls>', 'for tests of clients: sign only after a request was polled this often', '0')
    .action(async (_options: unknown, command: Command) => {
      const { readSettings } = await import('../mockca/settings.ts');
      const { optionReader } = await import('./option-reader.ts');
      const settings = readSettings(optionReader(command, deps.env, 'MOCKCA_'));
      const { runMockCa } = await import('../mockca/run.ts');
      const { clock, random, version, stderr: logSink } = deps;
      await runMockCa(settings, { clock, random, version, logSink }, deps.signal);
    });
}
