import type { Command } from 'commander';
import type { Connection } from '../kube/connection.ts';
import { requestKindNames } from '../issuing/request-view.ts';
import { CodedError } from '../lib/errors.ts';
import { addAzureOptions } from './azure-options.ts';
import { readControllerOptions } from './controller-options.ts';
import type { CliDeps } from './deps.ts';
import { addNetworkOptions, signersDeps } from './network-options.ts';
import { optionReader } from './option-reader.ts';
import { addClusterProcessOptions, addServingOptions } from './process-options.ts';

/** Adds `controller`, which runs in the cluster (or beside it, with a kubeconfig) until it is stopped. */
export function addControllerCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('controller')
    .summary('run the controller that signs certificate requests')
    .description(
      'Watches issuers and certificate requests, has the requests signed, and writes the certificates to their status.\n\n' +
        'Every flag can also be set in the environment, as EXTERNAL_ISSUER_<FLAG> (EXTERNAL_ISSUER_LOG_LEVEL=debug); a flag wins.\n' +
        'POD_NAMESPACE and POD_NAME say where the controller runs and what it is called.',
    );
  addServingOptions(command, 'controller')
    .option('--status-bind-address <address>', 'where the status page is served; 0: nowhere', '127.0.0.1:8082')
    .option(
      '--cluster-resource-namespace <name>',
      'namespace of the Secrets and ConfigMaps of ExternalClusterIssuers (default: the namespace the controller runs in)',
    )
    .option('--allowed-reference-namespaces <names>', 'further namespaces ExternalClusterIssuers may refer to, comma-separated')
    .option('--signers <types>', 'values of spec.signerType that may be used here, comma-separated (default: all)')
    .option('--request-kinds <kinds>', 'the kinds of requests that are signed, comma-separated', requestKindNames.join(','))
    .option('--max-concurrent-reconciles <n>', 'requests that are worked on at once; most of them wait for their CA', '512');
  addClusterProcessOptions(command);
  addAzureOptions(addNetworkOptions(command)).action(async () => run(command, deps));
}

async function run(command: Command, deps: CliDeps): Promise<void> {
  const { createLogger } = await import('../lib/log.ts');
  const { loadConnection } = await import('../kube/config/load.ts');
  const { runManager } = await import('../manager/run.ts');
  const { createSigners, signerBlocks } = await import('../signers/registry.ts');

  const { env, clock, random, version, nodeVersion } = deps;
  const { manager, logLevel, kubeconfig, context, network, azure } = readControllerOptions(
    optionReader(command, env, 'EXTERNAL_ISSUER_'),
    signerBlocks.map(({ type }) => type),
    deps,
  );
  const log = createLogger({ level: logLevel, format: 'json' }, deps.stderr);
  const connection = await loadConnection({ kubeconfig, context, env }, { clock });
  const signers = createSigners(signersDeps(network, deps, apiServerHosts(connection, env), azure));
  log.info({ version }, 'external-issuer controller');
  try {
    await runManager(manager, { connection, signers, clock, random, log, version, nodeVersion }, deps.signal);
  } catch (error) {
    // What is wrong with the call was said in plain words; once the log has begun, whoever reads it finds the end in it.
    const why = error instanceof CodedError ? { code: error.code, error: error.message } : { err: error };
    log.fatal(why, 'the controller cannot go on');
    deps.setExitCode(1);
  }
}

/** The API server as issuers could name it: by the address that this process uses, and by the one that pods do. */
function apiServerHosts({ server }: Connection, env: CliDeps['env']): readonly string[] {
  const service = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const host = new URL(server).hostname.replace(/^\[(.*)\]$/, '$1');
  return service === '' || service === host ? [host] : [host, service];
}
