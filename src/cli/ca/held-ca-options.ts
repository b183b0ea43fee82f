import { Option, type Command } from 'commander';
import { collect } from '../issuer-options.ts';
import { algorithms } from './new-ca-options.ts';
import { addSecretNameOption, addVaultOptions } from './vault-options.ts';

/** What an issuer says of its CA besides vault and key, as it is written. */
export interface HeldCaFlags {
  readonly secretName?: string;
  readonly secretVersion?: string;
  readonly vaultCertificate?: string;
  readonly certificate?: readonly string[];
  readonly signatureAlgorithm?: (typeof algorithms)[number];
}

/** Adds the options of the commands that look at a CA, named after the fields of an issuer. */
export function addHeldCaOptions(command: Command): Command {
  return addSecretNameOption(addVaultOptions(command))
    .option('--secret-version <version>', 'version of the secret, 32 hexadecimal digits (default: the newest)')
    .option('--vault-certificate <name>', 'the CA certificate is this certificate object of the vault, not a secret')
    .addOption(
      new Option(
        '--certificate <file>',
        'the CA certificate and those above it are in this file, as for an issuer with them in a ConfigMap; may be repeated',
      ).argParser(collect),
    )
    .addOption(
      new Option('--signature-algorithm <name>', 'how the issuer would sign (default: by the key)').choices(algorithms),
    );
}
