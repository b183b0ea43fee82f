import { Option, type Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import type { GetFlags } from './get-run.ts';

/** Adds `csr get`. */
export function addGetCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('get <name>')
    .summary('get the certificate of a request')
    .description(
      'Writes the certificate of a request and what is above it, as its signer gave them, as PEM. Exits 3 where it has none yet.\n' +
        'Kubernetes deletes a request about an hour after its approval: get the certificate before.',
    );
  addClusterOptions(command)
    .option('--out <file>', 'write to a file, whole or not at all (default: standard output)')
    .option('--leaf', 'only the certificate, without what is above it', false)
    .option('--force', 'overwrite the file', false)
    .addOption(new Option('-o, --output <format>', 'what is written').choices(['pem', 'json', 'yaml', 'text']).default('pem'))
    .action(async (name: string, flags: GetFlags) => {
      const { runGet } = await import('./get-run.ts');
      await runGet(name, flags, deps);
    });
}
