import { requestKindNames, type RequestKindName } from '../issuing/request-view.ts';
import { parseListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import type { RawOption } from '../lib/raw-option.ts';
import type { ManagerOptions } from '../manager/options.ts';
import type { AzureDeps } from '../signers/key-vault/contract.ts';
import { readAzureOptions } from './azure-options.ts';
import { type CliDeps, usageError } from './deps.ts';
import { readNetworkOptions, type NetworkOptions } from './network-options.ts';
import { booleanOf, listOf } from './option-values.ts';

/** The levels of the controller's log. */
export const controllerLogLevels = ['debug', 'info', 'warn', 'error'] as const;

/** All that the command line and the environment say. */
export interface ControllerOptions {
  readonly manager: ManagerOptions;
  readonly logLevel: (typeof controllerLogLevels)[number];
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
  const metricsAddress = addressOf(option('metrics-bind-address'));
  const healthAddress = addressOf(option('health-probe-bind-address'));
  const signers = signersOf(option('signers'), types);
  const podNamespace = env['POD_NAMESPACE'];
  const leaderElectionNamespace = given('leader-election-namespace');
  const clusterResourceNamespace = given('cluster-resource-namespace');
  const manager: ManagerOptions = {
    leaderElect: booleanOf(option('leader-elect')),
    workers: workersOf(option('max-concurrent-reconciles')),
    requestKinds: requestKindsOf(option('request-kinds')),
    // One name for each process: a pod that restarts in place must not take its own old Lease for its own.
    identity: `${env['POD_NAME'] ?? env['HOSTNAME'] ?? 'external-issuer'}_${Math.floor(random() * 2 ** 32).toString(16)}`,
    allowedReferenceNamespaces: listOf(option('allowed-reference-namespaces').value),
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    ...(healthAddress === undefined ? {} : { healthAddress }),
    ...(signers === undefined ? {} : { signers }),
    ...(podNamespace ? { podNamespace } : {}),
    ...(leaderElectionNamespace ? { leaderElectionNamespace } : {}),
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

function addressOf({ value, from }: RawOption): ListenAddress | undefined {
  const parsed = parseListenAddress(value);
  if (!parsed.ok) throw usageError(`${from}: ${parsed.error}`);
  return parsed.value;
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

function requestKindsOf({ value, from }: RawOption): readonly RequestKindName[] {
  const names = listOf(value);
  const known = `there are ${requestKindNames.join(' and ')}`;
  const unknown = names.find((name) => !requestKindNames.some((kind) => kind === name));
  if (unknown !== undefined) throw usageError(`${from}: "${unknown}" is not a kind of request; ${known}`);
  if (names.length === 0) throw usageError(`${from}: names no kind of request; ${known}`);
  return requestKindNames.filter((kind) => names.includes(kind));
}

function workersOf({ value, from }: RawOption): number {
  const workers = Number(value);
  if (!Number.isInteger(workers) || workers < 1 || workers > 1000) {
    throw usageError(`${from}: "${value}" is not a whole number from 1 to 1000`);
  }
  return workers;
}

function logLevelOf({ value, from }: RawOption): ControllerOptions['logLevel'] {
  const level = controllerLogLevels.find((known) => known === value);
  if (level === undefined) throw usageError(`${from}: "${value}" is none of ${controllerLogLevels.join(', ')}`);
  return level;
}
