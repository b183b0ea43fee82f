import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';
import { systemClock } from '../../../src/lib/clock.ts';

const silent = { write: (): void => undefined };

/** A command of the program, to look at and not to run. */
export function commandNamed(name: string): Command {
  const program = buildProgram({
    env: {},
    stdin: (async function* () {})(),
    stdout: silent,
    stderr: silent,
    signal: new AbortController().signal,
    clock: systemClock,
    random: () => 0,
    version: '1.2.3',
    invocation: 'external-issuer',
    nodeVersion: 'v1',
    setExitCode: () => undefined,
  });
  const command = program.commands.find((candidate) => candidate.name() === name);
  assert.ok(command, `there is no command ${name}`);
  return command;
}
