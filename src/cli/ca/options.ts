import { Command, Option } from 'commander';
import type { RawOption } from '../../lib/raw-option.ts';
import { clouds } from '../../signers/key-vault/clouds.ts';
import { digestAlgorithms } from '../../x509/signature-algorithm.ts';
import type { CliDeps } from '../deps.ts';
import { optionReader } from '../option-reader.ts';
import { addAzureOptions } from '../azure-options.ts';
import { collect } from '../issuer-options.ts';
import { addNetworkOptions } from '../network-options.ts';

/** Whose login a command uses. */
export const logins = ['az', 'workload-identity', 'managed-identity', 'environment'] as const;
export type Login = (typeof logins)[number];

/** The keys that a vault makes. */
export const keyTypes = ['RSA', 'RSA-HSM', 'EC', 'EC-HSM'] as const;
export const keySizes = ['2048', '3072', '4096'] as const;
export const curves = ['P-256', 'P-384', 'P-521'] as const;

/** Options of the controller that mean nothing here: there is no issuer, and vaults are reached over HTTPS alone. */
const ofIssuers = ['allow-plaintext-credentials', 'issuer-ambient-credentials'];

/** Adds what every `ca` command takes: which vault and key, whose login, and how the vault is reached. */
export function addVaultOptions(command: Command): Command {
  command
    .option('--vault-url <url>', 'address of the vault, or of the managed HSM: https://NAME.vault.azure.net (required)')
    .option('--key <name>', "name of the CA's key in the vault (required)")
    .option('--key-version <version>', 'version of the key, 32 hexadecimal digits')
    .option('--login <name>', `whose login: ${logins.join(', ')}`, 'az')
    .option('--cloud <name>', `cloud of Azure: ${clouds.join(', ')}`)
    .option('-v, --verbose', 'write what the vault is asked and answers to standard error, secrets masked', false);
  const { options } = addAzureOptions(addNetworkOptions(new Command()));
  for (const option of options) if (!ofIssuers.includes(option.name())) command.addOption(option);
  return command;
}

/** Reads the options that {@link addVaultOptions} added by their names, or their variables: EXTERNAL_ISSUER_VAULT_URL. */
export function vaultOptionReader(command: Command, env: CliDeps['env']): (name: string) => RawOption {
  const read = optionReader(command, env, 'EXTERNAL_ISSUER_');
  return (name) => (ofIssuers.includes(name) ? { value: 'false', from: `--${name}`, given: false } : read(name));
}

/** Adds where the CA certificate is kept. */
export function addSecretNameOption(command: Command): Command {
  return command.option('--secret-name <name>', 'secret of the vault for the CA certificate (default: the name of the key)');
}

/** Adds what may be overwritten, and only then is. */
export function addForceOption(command: Command, what: string): Command {
  return command.addOption(new Option('--force', `overwrite ${what}`).default(false));
}

/** The options of the commands that make something of the key, as they are written. */
export interface NewCaFlags {
  readonly subject?: string;
  readonly commonName?: string;
  readonly pathLength?: string;
  readonly signatureAlgorithm?: string;
  readonly createKey: boolean;
  readonly newKeyVersion: boolean;
  readonly keyType?: string;
  readonly keySize?: string;
  readonly curve?: string;
  readonly out?: string;
  readonly force: boolean;
}

/** Adds the options of {@link NewCaFlags} without those on files. */
export function addNewCaOptions(command: Command, whatIsSigned: string): Command {
  return command
    .option(
      '--subject <name>',
      'subject of the CA: "CN=Example Root CA,O=Example,C=DE", or "/C=DE/O=Example/CN=Example Root CA"',
    )
    .option('--common-name <name>', 'in place of --subject: a subject with this common name alone')
    .option('--path-length <number>', 'how many CAs may follow below it, 0 to 20 (default: any number)')
    .addOption(
      new Option('--signature-algorithm <name>', `how ${whatIsSigned} is signed (default: by the key)`).choices(
        digestAlgorithms,
      ),
    )
    .option('--create-key', 'make the key in the vault; one that is there is refused', false)
    .option('--new-key-version', 'with --create-key: where the key is there, make a new version of it', false)
    .addOption(new Option('--key-type <type>', 'with --create-key: type of the key (default: RSA)').choices(keyTypes))
    .addOption(new Option('--key-size <bits>', 'with --create-key: size of an RSA key (default: 3072)').choices(keySizes))
    .addOption(new Option('--curve <name>', 'with --create-key: curve of an EC key (default: P-256)').choices(curves));
}

/** What an issuer says of its CA besides vault and key, as it is written. */
export interface HeldCaFlags {
  readonly secretName?: string;
  readonly secretVersion?: string;
  readonly vaultCertificate?: string;
  readonly certificate?: readonly string[];
  readonly signatureAlgorithm?: (typeof digestAlgorithms)[number];
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
      new Option('--signature-algorithm <name>', 'how the issuer would sign (default: by the key)').choices(digestAlgorithms),
    );
}
