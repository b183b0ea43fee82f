import type { Command } from 'commander';
import type { CliDeps } from './deps.ts';

/** Adds `csr`, with which people ask a cluster for certificates, decide about them, and use them. */
export function addCsrCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('csr')
    .summary('certificates for people: ask for one, decide about it, use it, renew it')
    .description('CertificateSigningRequests of a cluster, for the issuers of this project and for every other signer.');
  void command;
  void deps;
}
