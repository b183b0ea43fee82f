import { Command, CommanderError } from 'commander';
import { CodedError, messageOf } from '../lib/errors.ts';
import { addApproverCommand } from './approver.ts';
import { addCaCommand } from './ca.ts';
import { addCheckCommand } from './check.ts';
import { addControllerCommand } from './controller.ts';
import { addCrdsCommand } from './crds.ts';
import { addCsrCommand } from './csr.ts';
import type { CliDeps } from './deps.ts';
import { addDoctorCommand } from './doctor.ts';
import { addMockCaCommand } from './mockca.ts';
import { addRequestCommand } from './request.ts';
import { addRevokeCommand } from './revoke.ts';
import { addSignCommand } from './sign.ts';

/**
 * The command line: one command a file, which declares its options and imports its work only when it runs. Throws
 * instead of ending the process; see `runProgram`.
 */
export function buildProgram(deps: CliDeps): Command {
  const program = new Command('external-issuer')
    .description('Signs what Kubernetes asks to be signed with a PKI outside the cluster.')
    .version(deps.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({
      writeOut: (text) => void deps.stdout.write(text),
      writeErr: (text) => void deps.stderr.write(text),
      getOutHelpWidth: () => 128,
      getErrHelpWidth: () => 128,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(add --help to see what is possible)')
    .exitOverride();
  addControllerCommand(program, deps);
  addApproverCommand(program, deps);
  addMockCaCommand(program, deps);
  addCheckCommand(program, deps);
  addSignCommand(program, deps);
  addRevokeCommand(program, deps);
  addCaCommand(program, deps);
  addCrdsCommand(program, deps);
  addDoctorCommand(program, deps);
  addCsrCommand(program, deps);
  addRequestCommand(program, deps);
  // Only of the program itself: its commands have taken over the shorter one.
  program.showHelpAfterError(
    '(options follow the command they are for, such as controller; add --help to see what is possible)',
  );
  return program;
}

/** For arguments of the Go controller. */
const zapHint = '(--zap-log-level is --log-level here; remove the other --zap flags: every line of the log is JSON)\n';

/** Runs one command line (`args` without node and script) and sets the exit code: 0, 1 failed, 2 called wrongly. */
export async function runProgram(args: readonly string[], deps: CliDeps): Promise<void> {
  try {
    await buildProgram(deps).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.message.startsWith("error: unknown option '--zap-")) deps.stderr.write(zapHint);
      deps.setExitCode(error.exitCode === 0 ? 0 : 2);
      return;
    }
    deps.stderr.write(`error: ${messageOf(error)}\n`);
    if (!(error instanceof CodedError) && error instanceof Error) deps.stderr.write(`${error.stack ?? ''}\n`);
    deps.setExitCode(error instanceof CodedError && error.code === 'Usage' ? 2 : 1);
  }
}
