import type { Command } from 'commander';
import { addApproveCommand } from './csr/approve.ts';
import { addCreateCommand } from './csr/create.ts';
import { addDenyCommand } from './csr/deny.ts';
import { addGetCommand } from './csr/get.ts';
import { addKubeconfigCommand } from './csr/kubeconfig.ts';
import { addListCommand } from './csr/list.ts';
import { addRenewCommand } from './csr/renew.ts';
import { addShowCommand } from './csr/show.ts';
import { addWaitCommand } from './csr/wait.ts';
import type { CliDeps } from './deps.ts';

/** Adds `csr`, with which people ask a cluster for certificates, decide about them, and use them. */
export function addCsrCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('csr')
    .summary('certificates for people: ask for one, decide about it, use it, renew it')
    .description('CertificateSigningRequests of a cluster, for the issuers of this project and for every other signer.');
  addCreateCommand(command, deps);
  addListCommand(command, deps);
  addShowCommand(command, deps);
  addApproveCommand(command, deps);
  addDenyCommand(command, deps);
  addGetCommand(command, deps);
  addWaitCommand(command, deps);
  addKubeconfigCommand(command, deps);
  addRenewCommand(command, deps);
}
