import { Option, type Command } from 'commander';
import { requestKindNames, type RequestKindName } from '../issuing/request-view.ts';
import { parseListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import type { RawOption } from '../lib/raw-option.ts';
import type { ProcessOptions } from '../manager/options.ts';
import type { MetricsSecurity } from '../server/metrics-server.ts';
import { type CliDeps, usageError } from './deps.ts';
import { booleanOf, booleanOption, listOf } from './option-values.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** A level of the log of a process. */
export type LogLevel = (typeof logLevels)[number];

/** Adds the options of where a process listens and how it is elected. */
export function addServingOptions(command: Command, what: string): Command {
  return command
    .option('--metrics-bind-address <address>', 'where /metrics is served; 0: nowhere', ':8080')
    .addOption(booleanOption('metrics-secure', 'serve /metrics over TLS, to those alone whom the API server allows it'))
    .option('--metrics-tls-cert-file <file>', 'certificate of /metrics, PEM (default: a self-signed one, made at the start)')
    .option('--metrics-tls-key-file <file>', 'its private key, PEM')
    .option('--health-probe-bind-address <address>', 'where /healthz and /readyz are served; 0: nowhere', ':8081')
    .addOption(booleanOption('leader-elect', 'elect one leader among the replicas, by a Lease'))
    .option('--leader-election-namespace <name>', `namespace of the Lease (default: the namespace the ${what} runs in)`);
}

/** Adds the options of how a process reaches its cluster and what it logs. */
export function addClusterProcessOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, the pod, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(logLevels).default('info'));
}

/**
 * Reads what the processes have in common, by the names of options without dashes.
 * @throws {CodedError} `Usage`: the message begins with the flag, or the variable, it is about.
 */
export function readProcessOptions(
  option: (name: string) => RawOption,
  { env, random }: Pick<CliDeps, 'env' | 'random'>,
): ProcessOptions {
  const metricsAddress = addressOf(option('metrics-bind-address'));
  const healthAddress = addressOf(option('health-probe-bind-address'));
  const metricsSecurity = metricsSecurityOf(option);
  const leaderElectionNamespace = option('leader-election-namespace').value;
  const podNamespace = env['POD_NAMESPACE'];
  return {
    leaderElect: booleanOf(option('leader-elect')),
    workers: workersOf(option('max-concurrent-reconciles')),
    requestKinds: requestKindsOf(option('request-kinds')),
    // One name for each process: a pod that restarts in place must not take its own old Lease for its own.
    identity: `${env['POD_NAME'] ?? env['HOSTNAME'] ?? 'external-issuer'}_${Math.floor(random() * 2 ** 32).toString(16)}`,
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    ...(metricsSecurity === undefined || metricsAddress === undefined ? {} : { metricsSecurity }),
    ...(healthAddress === undefined ? {} : { healthAddress }),
    ...(podNamespace ? { podNamespace } : {}),
    ...(leaderElectionNamespace ? { leaderElectionNamespace } : {}),
  };
}

function metricsSecurityOf(option: (name: string) => RawOption): MetricsSecurity | undefined {
  const [secure, cert, key] = [option('metrics-secure'), option('metrics-tls-cert-file'), option('metrics-tls-key-file')];
  const given = [cert, key].find(({ value }) => value !== '');
  if (!booleanOf(secure)) {
    if (given === undefined) return undefined;
    throw usageError(`${given.from}: is for --metrics-secure alone; set that too, or leave this out`);
  }
  if (given === undefined) return {};
  if (cert.value === '') throw usageError(`${key.from}: set --metrics-tls-cert-file too, to the certificate of that key`);
  if (key.value === '')
    throw usageError(`${cert.from}: set --metrics-tls-key-file too, to the private key of that certificate`);
  return { files: { cert: cert.value, key: key.value } };
}

/** Where a server is to listen; undefined for nowhere. @throws {CodedError} `Usage`, which names the option or the variable. */
export function addressOf({ value, from }: RawOption): ListenAddress | undefined {
  const parsed = parseListenAddress(value);
  if (!parsed.ok) throw usageError(`${from}: ${parsed.error}`);
  return parsed.value;
}

/** The kinds of requests that a list names. @throws {CodedError} `Usage`, which names the option or the variable. */
export function requestKindsOf({ value, from }: RawOption): readonly RequestKindName[] {
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

/** The level that is named. @throws {CodedError} `Usage`, which names the option or the variable. */
export function logLevelOf({ value, from }: RawOption): LogLevel {
  const level = logLevels.find((known) => known === value);
  if (level === undefined) throw usageError(`${from}: "${value}" is none of ${logLevels.join(', ')}`);
  return level;
}
