import type { RawOption } from '../lib/raw-option.ts';
import type { ManagerOptions } from '../manager/options.ts';
import type { AzureDeps } from '../signers/key-vault/contract.ts';
import { readAzureOptions } from './azure-options.ts';
import { type CliDeps, usageError } from './deps.ts';
import { readNetworkOptions, type NetworkOptions } from './network-options.ts';
import { listOf } from './option-values.ts';
import { addressOf, logLevelOf, readProcessOptions, type LogLevel } from './process-options.ts';

/** All that the command line and the environment say. */
export interface ControllerOptions {
  readonly manager: ManagerOptions;
  readonly logLevel: LogLevel;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly network: NetworkOptions;
  readonly azure: AzureDeps;
}

/**
 * Reads the options by their names without dashes; `types` are the signers there are.
 * @throws {CodedError} `Usage`: the message begins with the flag, or the variable, it is about.
 */
export function readControllerOptions(
  option: (name: string) => RawOption,
  types: readonly string[],
  { env, random }: Pick<CliDeps, 'env' | 'random'>,
): ControllerOptions {
  const given = (name: string): string | undefined => (option(name).given ? option(name).value : undefined);
  const signers = signersOf(option('signers'), types);
  const statusAddress = addressOf(option('status-bind-address'));
  const clusterResourceNamespace = given('cluster-resource-namespace');
  const manager: ManagerOptions = {
    ...readProcessOptions(option, { env, random }),
    allowedReferenceNamespaces: listOf(option('allowed-reference-namespaces').value),
    ...(signers === undefined ? {} : { signers }),
    ...(statusAddress === undefined ? {} : { statusAddress }),
    ...(clusterResourceNamespace ? { clusterResourceNamespace } : {}),
  };
  return {
    manager,
    logLevel: logLevelOf(option('log-level')),
    kubeconfig: given('kubeconfig'),
    context: given('context'),
    network: readNetworkOptions(option),
    azure: readAzureOptions(option, env),
  };
}

function signersOf({ value, from, given }: RawOption, types: readonly string[]): readonly string[] | undefined {
  if (!given) return undefined;
  const signers = listOf(value);
  const unknown = signers.find((type) => !types.includes(type));
  const known = `there are ${types.join(', ')}`;
  if (unknown !== undefined) throw usageError(`${from}: "${unknown}" is not a signer; ${known}`);
  if (signers.length === 0) throw usageError(`${from}: names no signer; leave it out to allow all, ${known}`);
  return signers;
}
