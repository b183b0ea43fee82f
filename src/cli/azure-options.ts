import type { Command } from 'commander';
import type { RawOption } from '../lib/raw-option.ts';
import type { AzureDeps } from '../signers/key-vault/contract.ts';
import type { CliDeps } from './deps.ts';
import { booleanOf, booleanOption } from './option-values.ts';

const ambientName = 'issuer-ambient-credentials';
const challengeName = 'azure-disable-challenge-verification';
const loginName = 'azure-login';

/** Adds what an administrator may allow issuers in Azure; design rule 12. */
export function addAzureOptions(command: Command): Command {
  return command
    .addOption(
      booleanOption(ambientName, 'let namespaced issuers too use the identities of the controller and of its node (Azure)'),
    )
    .addOption(
      booleanOption(
        challengeName,
        'for tests only: send the token for Azure Key Vault to whatever server vaultUrl names, which can then use it at every vault',
      ),
    );
}

/** Adds whose login a command may use that runs on the computer of a person. */
export function addAzureLoginOption(command: Command): Command {
  return command.addOption(
    booleanOption(loginName, 'use your own login (az login) in place of the identity that a Key Vault issuer names'),
  );
}

/**
 * Reads the options of {@link addAzureOptions} by their names without dashes.
 * @throws {CodedError} `Usage`: the message begins with the flag, or the variable, it is about.
 */
export function readAzureOptions(option: (name: string) => RawOption, env: CliDeps['env']): AzureDeps {
  return {
    env,
    allowAmbient: booleanOf(option(ambientName)),
    disableChallengeVerification: booleanOf(option(challengeName)),
    developerLogin: false,
  };
}

/** Reads those of {@link addAzureLoginOption} too. @throws {CodedError} `Usage` */
export function readAzureTrialOptions(option: (name: string) => RawOption, env: CliDeps['env']): AzureDeps {
  return { ...readAzureOptions(option, env), developerLogin: booleanOf(option(loginName)) };
}
