import type { Command } from 'commander';
import type { RawOption } from '../lib/raw-option.ts';
import type { AzureDeps } from '../signers/key-vault/contract.ts';
import { createAddressPolicy } from '../signers/network/address-policy.ts';
import type { SignersDeps } from '../signers/registry.ts';
import { type CliDeps, usageError } from './deps.ts';
import { booleanOf, booleanOption, listOf } from './option-values.ts';

/** What the administrator allows issuers on the network; design rules 13 and 14. */
export interface NetworkOptions {
  /** IP addresses and CIDRs that are allowed whatever they are. */
  readonly allowCaAddresses: readonly string[];
  /** IP addresses and CIDRs that are refused. */
  readonly denyCaAddresses: readonly string[];
  readonly allowPlaintextCredentials: boolean;
}

const allowName = 'allow-ca-addresses';
const denyName = 'deny-ca-addresses';
const plaintextName = 'allow-plaintext-credentials';

/** Adds the options to a command that signs. */
export function addNetworkOptions(command: Command): Command {
  return command
    .option(
      `--${allowName} <addresses>`,
      'IP addresses and CIDRs that issuers may reach though they are refused else (link-local, loopback, the API server), comma-separated',
    )
    .option(`--${denyName} <addresses>`, 'IP addresses and CIDRs that issuers may not reach, comma-separated')
    .addOption(booleanOption(plaintextName, 'let issuers with tls.allowPlaintext send credentials over http://'));
}

/**
 * Reads the options by their names without dashes.
 * @throws {CodedError} `Usage`: the message begins with the flag, or the variable, it is about.
 */
export function readNetworkOptions(option: (name: string) => RawOption): NetworkOptions {
  return {
    allowCaAddresses: addressesOf(option(allowName), allowName, 'allow'),
    denyCaAddresses: addressesOf(option(denyName), denyName, 'deny'),
    allowPlaintextCredentials: booleanOf(option(plaintextName)),
  };
}

/**
 * What signers are made with.
 * @param apiServer hosts of the API server, IP addresses or names, which no issuer may reach; none without a cluster.
 * @param azure where it is not given, nothing is allowed.
 */
export function signersDeps(
  { allowCaAddresses: allow, denyCaAddresses: deny, allowPlaintextCredentials }: NetworkOptions,
  { clock, random, env }: Pick<CliDeps, 'clock' | 'random' | 'env'>,
  apiServer: readonly string[],
  azure: AzureDeps = { env, allowAmbient: false, disableChallengeVerification: false, developerLogin: false },
): SignersDeps {
  const addresses = createAddressPolicy({ allow, deny, apiServer });
  if (!addresses.ok) throw usageError(addresses.error);
  return { clock, random, network: { addresses: addresses.value, env }, allowPlaintextCredentials, azure };
}

/** Each list is checked before anything is begun. The policy names the flag, which may be set by a variable. */
function addressesOf(option: RawOption, name: string, kind: 'allow' | 'deny'): readonly string[] {
  const list = listOf(option.value);
  const policy = createAddressPolicy({ allow: [], deny: [], apiServer: [], [kind]: list });
  if (!policy.ok) throw usageError(policy.error.replace(`--${name}`, option.from));
  return list;
}
