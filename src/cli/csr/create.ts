import { Option, type Command } from 'commander';
import { addClusterOptions } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import { collect } from '../issuer-options.ts';
import type { CreateFlags } from './create-flags.ts';
import { keyAlgorithms } from './new-key.ts';

/** Adds `csr create`. */
export function addCreateCommand(csr: Command, deps: CliDeps): void {
  const command = csr
    .command('create <name>')
    .summary('make a key, and ask the cluster for a certificate for it')
    .description(
      'Makes a private key (NAME.key, for its owner alone) and asks the cluster for a certificate. NAME.yaml keeps the\n' +
        'request as it was sent; it holds no secret. Says what to send to the administrator, and which command comes next.\n\n' +
        `Example: ${deps.invocation} csr create jane --signer kube-apiserver-client --subject CN=jane,O=developers --expires 24h`,
    )
    .requiredOption(
      '--signer <signer>',
      'who is to sign: ExternalClusterIssuer/NAME, ExternalIssuer/NAMESPACE/NAME, kube-apiserver-client, or a whole signer name',
    )
    .option('--subject <name>', 'who the certificate is for: CN is the user, each O a group ("CN=jane,O=developers")')
    .option('--dns <name>', 'a DNS name; may be repeated', collect)
    .option('--ip <address>', 'an IP address; may be repeated', collect)
    .option('--uri <uri>', 'a URI; may be repeated', collect)
    .option('--email <address>', 'an email address; may be repeated', collect)
    .option(
      '--usage <usage>',
      'what the certificate is for, such as client-auth; may be repeated (default: digital-signature, client-auth)',
      collect,
    )
    .option('--expires <duration>', 'how long the certificate is to last: 24h, 90d; at least 10m (default: the signer decides)')
    .option('--is-ca', 'ask for a CA certificate; only the issuers of this project know that', false)
    .addOption(new Option('--key-algorithm <algorithm>', 'kind of the new key').choices(keyAlgorithms).default('ecdsa-p256'))
    .option('--key <file>', 'use this private key (PEM) in place of a new one')
    .option('--csr <file>', 'send this CSR; its key stays where it is')
    .option('--dir <folder>', 'where NAME.key and NAME.yaml are written', '.')
    .option('--dry-run', 'write the files and ask no cluster: for who has no access to it yet', false)
    .option('--wait', 'wait until the certificate is there', false)
    .option('--timeout <duration>', 'with --wait: how long', '10m')
    .option('--force', 'overwrite NAME.key and NAME.yaml', false)
    .addOption(new Option('-o, --output <format>', 'what is printed').choices(['text', 'json', 'yaml']).default('text'));
  addClusterOptions(command).action(async (name: string, flags: CreateFlags) => {
    const { runCreate } = await import('./create-run.ts');
    await runCreate(name, flags, deps);
  });
}
