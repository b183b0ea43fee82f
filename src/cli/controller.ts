import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import type { ManagerOptions } from '../manager/options.ts';
import { CodedError } from '../lib/errors.ts';
import { usageError, type CliDeps } from './deps.ts';

interface ControllerFlags {
  readonly metricsBindAddress: string;
  readonly healthProbeBindAddress: string;
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
  readonly clusterResourceNamespace?: string;
  readonly allowedReferenceNamespaces?: string;
  readonly signers?: string;
  readonly maxConcurrentReconciles: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly logLevel: string;
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Adds `controller`, which runs in the cluster (or beside it, with a kubeconfig) until it is stopped. */
export function addControllerCommand(program: Command, deps: CliDeps): void {
  program
    .command('controller')
    .summary('run the controller that signs certificate requests')
    .description(
      'Watches issuers and certificate requests, has the requests signed, and writes the certificates to their status.\n\n' +
        'Every flag can also be set in the environment, as EXTERNAL_ISSUER_<FLAG> (EXTERNAL_ISSUER_LOG_LEVEL=debug); a flag wins.\n' +
        'POD_NAMESPACE and POD_NAME say where the controller runs and what it is called.',
    )
    .option('--metrics-bind-address <address>', 'where /metrics is served; 0: nowhere', ':8080')
    .option('--health-probe-bind-address <address>', 'where /healthz and /readyz are served; 0: nowhere', ':8081')
    .addOption(
      new Option('--leader-elect [boolean]', 'elect one leader among the replicas, by a Lease')
        .default(false)
        .preset('true')
        .argParser(readBoolean),
    )
    .option('--leader-election-namespace <name>', 'namespace of the Lease (default: the namespace the controller runs in)')
    .option(
      '--cluster-resource-namespace <name>',
      'namespace of the Secrets and ConfigMaps of ExternalClusterIssuers (default: the namespace the controller runs in)',
    )
    .option('--allowed-reference-namespaces <names>', 'further namespaces ExternalClusterIssuers may refer to, comma-separated')
    .option('--signers <types>', 'values of spec.signerType that may be used here, comma-separated (default: all)')
    .option('--max-concurrent-reconciles <n>', 'requests that are worked on at once', '64')
    .option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, the pod, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(logLevels).default('info'))
    .action(async (_flags: ControllerFlags, command: Command) => {
      applyEnvironment(command, deps.env);
      const nameOf: NameOf = (option) => {
        const attribute = command.options.find((known) => known.name() === option)?.attributeName() ?? option;
        return command.getOptionValueSource(attribute) === 'env' ? variableOf(option) : `--${option}`;
      };
      await run(command.opts<ControllerFlags>(), nameOf, deps);
    });
}

/** What to call an option in a message: its flag, or the variable that it was set by. */
type NameOf = (option: string) => string;

function variableOf(option: string): string {
  return `EXTERNAL_ISSUER_${option.replaceAll('-', '_').toUpperCase()}`;
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function readBoolean(text: string): boolean {
  const value = truths.get(text);
  if (value === undefined) throw new InvalidArgumentError('Write true or false.');
  return value;
}

/** Fills in from the environment what the command line does not say; an empty variable says nothing. */
function applyEnvironment(command: Command, env: CliDeps['env']): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const variable = variableOf(option.name());
    const text = env[variable] ?? '';
    if (text === '' || command.getOptionValueSource(name) === 'cli') continue;
    const value = option.optional ? truths.get(text) : text;
    if (value === undefined) throw usageError(`${variable}: "${text}" is neither true nor false`);
    command.setOptionValueWithSource(name, value, 'env');
  }
}

async function run(flags: ControllerFlags, nameOf: NameOf, deps: CliDeps): Promise<void> {
  const { pino } = await import('pino');
  const { loadConnection } = await import('../kube/config/load.ts');
  const { runManager } = await import('../manager/run.ts');
  const { createSigners } = await import('../signers/registry.ts');

  const { env, clock, random, version, nodeVersion } = deps;
  const signers = createSigners({ clock });
  const options = optionsOf(
    flags,
    nameOf,
    env,
    random,
    signers.map(({ type }) => type),
  );
  if (!logLevels.some((level) => level === flags.logLevel))
    throw usageError(`${nameOf('log-level')}: "${flags.logLevel}" is none of ${logLevels.join(', ')}`);
  const log = pino(
    {
      level: flags.logLevel,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'msg',
    },
    { write: (line: string) => void deps.stderr.write(line) },
  );
  const { kubeconfig, context } = flags;
  const connection = await loadConnection({ kubeconfig, context, env }, { clock });
  log.info({ version }, 'external-issuer controller');
  try {
    await runManager(options, { connection, signers, clock, random, log, version, nodeVersion }, deps.signal);
  } catch (error) {
    // What is wrong with the call was said in plain words; once the log has begun, whoever reads it finds the end in it.
    const why = error instanceof CodedError ? { code: error.code, error: error.message } : { err: error };
    log.fatal(why, 'the controller cannot go on');
    deps.setExitCode(1);
  }
}

function optionsOf(
  flags: ControllerFlags,
  nameOf: NameOf,
  env: CliDeps['env'],
  random: () => number,
  types: readonly string[],
): ManagerOptions {
  const metricsAddress = address(nameOf('metrics-bind-address'), flags.metricsBindAddress);
  const healthAddress = address(nameOf('health-probe-bind-address'), flags.healthProbeBindAddress);
  const podNamespace = env['POD_NAMESPACE'];
  const signers = flags.signers === undefined ? undefined : listOf(flags.signers);
  const unknown = signers?.find((type) => !types.includes(type));
  const known = `there are ${types.join(', ')}`;
  if (unknown !== undefined) throw usageError(`${nameOf('signers')}: "${unknown}" is not a signer; ${known}`);
  if (signers?.length === 0) throw usageError(`${nameOf('signers')}: names no signer; leave it out to allow all, ${known}`);
  return {
    leaderElect: flags.leaderElect,
    workers: workersOf(nameOf('max-concurrent-reconciles'), flags.maxConcurrentReconciles),
    // One name for each process: a pod that restarts in place must not take its own old Lease for its own.
    identity: `${env['POD_NAME'] ?? env['HOSTNAME'] ?? 'external-issuer'}_${Math.floor(random() * 2 ** 32).toString(16)}`,
    allowedReferenceNamespaces: listOf(flags.allowedReferenceNamespaces ?? ''),
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    ...(healthAddress === undefined ? {} : { healthAddress }),
    ...(signers === undefined ? {} : { signers }),
    ...(podNamespace ? { podNamespace } : {}),
    ...(flags.leaderElectionNamespace ? { leaderElectionNamespace: flags.leaderElectionNamespace } : {}),
    ...(flags.clusterResourceNamespace ? { clusterResourceNamespace: flags.clusterResourceNamespace } : {}),
  };
}

function address(name: string, text: string): ListenAddress | undefined {
  const parsed = parseListenAddress(text);
  if (!parsed.ok) throw usageError(`${name}: ${parsed.error}`);
  return parsed.value;
}

function workersOf(name: string, text: string): number {
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > 1000) {
    throw usageError(`${name}: "${text}" is not a whole number from 1 to 1000`);
  }
  return workers;
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
