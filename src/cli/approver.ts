import type { Command } from 'commander';
import { requestKindNames } from '../issuing/request-view.ts';
import { CodedError } from '../lib/errors.ts';
import type { CliDeps } from './deps.ts';
import { optionReader } from './option-reader.ts';
import { addClusterProcessOptions, addServingOptions, logLevelOf, readProcessOptions } from './process-options.ts';

/** Adds `approver`, which runs in the cluster (or beside it, with a kubeconfig) until it is stopped. */
export function addApproverCommand(program: Command, deps: CliDeps): void {
  const command = program
    .command('approver')
    .summary('run the approver that decides about requests by the rules of their issuers')
    .description(
      'Watches issuers and requests, approves what the rules in spec.policy of an issuer allow, and denies the rest. Requests for\n' +
        'issuers without rules are left to others. It signs nothing, and reads no Secret.\n\n' +
        'Every flag can also be set in the environment, as EXTERNAL_ISSUER_<FLAG> (EXTERNAL_ISSUER_LOG_LEVEL=debug); a flag wins.\n' +
        'POD_NAMESPACE and POD_NAME say where the approver runs and what it is called.',
    );
  addServingOptions(command, 'approver')
    .option(
      '--request-kinds <kinds>',
      'the kinds of requests that are decided about, comma-separated',
      requestKindNames.join(','),
    )
    .option('--max-concurrent-reconciles <n>', 'requests that are decided about at once', '8');
  addClusterProcessOptions(command).action(async () => run(command, deps));
}

async function run(command: Command, deps: CliDeps): Promise<void> {
  const { createLogger } = await import('../lib/log.ts');
  const { loadConnection } = await import('../kube/config/load.ts');
  const { runApprover } = await import('../manager/approver.ts');

  const { env, clock, random, version, nodeVersion } = deps;
  const option = optionReader(command, env, 'EXTERNAL_ISSUER_');
  const given = (name: string): string | undefined => (option(name).given ? option(name).value : undefined);
  const options = readProcessOptions(option, deps);
  const log = createLogger({ level: logLevelOf(option('log-level')), format: 'json' }, deps.stderr);
  const connection = await loadConnection({ kubeconfig: given('kubeconfig'), context: given('context'), env }, { clock });
  log.info({ version }, 'external-issuer approver');
  try {
    await runApprover(options, { connection, clock, random, log, version, nodeVersion }, deps.signal);
  } catch (error) {
    const why = error instanceof CodedError ? { code: error.code, error: error.message } : { err: error };
    log.fatal(why, 'the approver cannot go on');
    deps.setExitCode(1);
  }
}
