import { Option, type Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import { type CliDeps, usageError } from '../deps.ts';
import type { ShowFlags } from './show-run.ts';

/** Adds `csr show`. */
export function addShowCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('show [name]')
    .summary('say in words what a request asks for, and what is unusual about it')
    .description(
      'Decodes a CertificateSigningRequest: who asks, for whom, for what and for how long, what is dangerous or unusual about it, and why\n' +
        'it waits. With -f it needs no cluster.',
    );
  addClusterOptions(command)
    .option('-f, --file <file>', 'read the request from a file (YAML or JSON) in place of the cluster; - is standard input')
    .addOption(new Option('-o, --output <format>', 'what is printed').choices(['text', 'json', 'yaml']).default('text'))
    .action(async (name: string | undefined, flags: ShowFlags) => {
      if ((name === undefined) === (flags.file === undefined)) {
        throw usageError('give the NAME of a request, or -f FILE, and not both');
      }
      const { runShow, runShowFile } = await import('./show-run.ts');
      await (name === undefined ? runShowFile(flags, deps) : runShow(name, flags, deps));
    });
}
