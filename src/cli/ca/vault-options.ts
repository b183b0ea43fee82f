import { Command, Option } from 'commander';
import type { RawOption } from '../../lib/raw-option.ts';
import type { CliDeps } from '../deps.ts';
import { optionReader } from '../option-reader.ts';
import { addAzureOptions } from '../azure-options.ts';
import { addNetworkOptions } from '../network-options.ts';

/** Whose login a command uses. */
export const logins = ['az', 'workload-identity', 'managed-identity', 'environment'] as const;
export type Login = (typeof logins)[number];

/** The clouds of Azure, as issuers name them. */
export const clouds = ['public', 'usGovernment', 'china'] as const;

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
