import type { Command } from 'commander';
import { withDeadline } from '../../lib/deadline.ts';
import { printable } from '../../lib/printable.ts';
import { err, type Result } from '../../lib/result.ts';
import { createNetwork } from '../../signers/network/network.ts';
import type { OpenVault } from '../../signers/key-vault/contract.ts';
import type { Vault } from '../../signers/key-vault/vault.ts';
import type { CallContext } from '../../signers/signer.ts';
import { readAzureOptions } from '../azure-options.ts';
import { type CliDeps, commandFailure, usageError } from '../deps.ts';
import { traceTo } from '../issuer-session.ts';
import { readNetworkOptions, signersDeps } from '../network-options.ts';
import { identityOf, readVaultChoice, type VaultChoice } from './vault-settings.ts';
import { inFlags, type Whose } from './flag-words.ts';
import { vaultOptionReader } from './options.ts';

/** What the `ca` commands are given. */
export interface CaDeps extends CliDeps {
  /** How vaults are opened. Not set: over Azure's SDK, which is loaded for that. */
  readonly openVault?: OpenVault;
}

/** What a `ca` command works with: the vaults as one login sees them, closed when the command ends. */
export interface VaultSession {
  readonly deps: CliDeps;
  readonly choice: VaultChoice;
  /** Opens the vault at an address, once. @throws {CodedError} `Failed` */
  open(vaultUrl: string): Promise<Vault>;
  /** Calls a vault, for a minute at most; what it refuses is told in the words of the command line. @throws {CodedError} `Failed` where it takes longer. */
  ask<T, E extends { readonly message: string }>(
    call: (context: CallContext) => Promise<Result<T, E>>,
    whose?: Whose,
  ): Promise<Result<T, E>>;
}

/** A key in a managed HSM takes some seconds to be made. */
const callTimeoutMs = 60_000;

/** Reads the options on the vault, does `work` with what they lead to and closes it. */
export async function withVaultOf(
  command: Command,
  deps: CaDeps,
  work: (session: VaultSession) => Promise<void>,
): Promise<void> {
  const option = vaultOptionReader(command, deps.env);
  const choice = readVaultChoice(option);
  const identity = identityOf(choice.login, deps.env);
  if (!identity.ok) throw usageError(`${option('login').from}: ${choice.login} ${identity.error}`);
  const azureOptions = { ...readAzureOptions(option, deps.env), allowAmbient: true, developerLogin: choice.login === 'az' };
  const { network, azure } = signersDeps(readNetworkOptions(option), deps, [], azureOptions);
  const shared = { azure, network: createNetwork(network) };
  const vaults = new Map<string, Vault>();
  const trace = traceTo(deps, command.opts<{ verbose: boolean }>().verbose);
  try {
    await work({
      deps,
      choice,
      async open(address) {
        const vaultUrl = new URL(address).origin;
        const known = vaults.get(vaultUrl);
        if (known !== undefined) return known;
        const { cloud } = choice;
        const openVault = deps.openVault ?? (await import('../../signers/key-vault/azure/open-vault.ts')).openVault;
        const opened = await openVault({ vaultUrl, identity: identity.value, ...(cloud && { cloud }) }, shared);
        if (!opened.ok) throw commandFailure(printable(inFlags(opened.error.message)));
        vaults.set(vaultUrl, opened.value);
        return opened.value;
      },
      async ask(call, whose) {
        const said = await inTime(deps, async (signal) => await call({ signal, ...trace }));
        return said.ok ? said : err({ ...said.error, message: inFlags(said.error.message, whose) });
      },
    });
  } finally {
    await Promise.all([...vaults.values()].map(async (vault) => await vault.close()));
  }
}

async function inTime<T>({ clock, signal }: CliDeps, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  let limit: AbortSignal | undefined;
  const work = async (within: AbortSignal): Promise<T> => {
    limit = within;
    return await call(within);
  };
  try {
    return await withDeadline(clock, callTimeoutMs, work, signal);
  } catch (cause) {
    if (limit?.aborted !== true || signal.aborted) throw cause;
    throw commandFailure(
      `the vault did not answer within ${callTimeoutMs / 1000} s; look at the way to it (-v), then try again`,
      { cause },
    );
  }
}

/** What was asked for. @throws {CodedError} `Failed`, in the words of what refused. */
export function granted<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw commandFailure(printable(result.error.message));
  return result.value;
}
