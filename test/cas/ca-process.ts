import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../src/lib/errors.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import { freePorts } from '../controlplane/ports.ts';
import { type Child, createProcessGroup } from '../controlplane/processes.ts';
import type { Program } from './programs.ts';

/** Where tests get their settings and show progress. */
export interface HarnessOptions {
  readonly environment: HarnessEnvironment;
  readonly stream: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/** How a CA is set up and started. */
export interface CaProcessOptions<Setup> {
  readonly name: string;
  readonly program: Program;
  readonly environment: HarnessEnvironment;
  /** Writes what it needs into an empty folder. */
  prepare(folder: string, port: number): Promise<Setup>;
  /** The command line of a CA so prepared. */
  args(setup: Setup): readonly string[];
  /** Rejects while the CA does not answer. */
  probe(setup: Setup): Promise<void>;
}

/** A CA that answers. */
export interface CaProcess<Setup> {
  readonly setup: Setup;
  /** Holds its files and what it logged. */
  readonly folder: string;
  /** The last lines it logged. */
  logTail(lines?: number): Promise<string>;
  /** Ends it and removes its files; they stay where `EXTERNAL_ISSUER_TEST_KEEP` is set. */
  close(): Promise<void>;
}

const portTries = 5;
const startLimitMs = 30_000;
/**
 * Runs a program to its end, and ends it when standard input does: the kernel closes it when this process dies, of SIGKILL
 * too. At SIGTERM, which reaches the whole process group, the shell waits for the program's own end.
 */
const untilStdinEnds = `trap : TERM
exec 3<&0
"$0" "$@" </dev/null &
pid=$!
{ cat <&3 >/dev/null; kill "$pid"; } 2>/dev/null &
wait "$pid"
code=$?
wait "$pid" 2>/dev/null
exit "$code"`;

async function untilAnswers(child: Child, probe: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  for (;;) {
    if (!child.isRunning()) throw new Error(`it ended with ${await child.ended}`);
    try {
      await probe();
      return;
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`it did not answer within ${startLimitMs / 1000} s: ${messageOf(error)}`, { cause: error });
      }
    }
    await delay(50);
  }
}

/**
 * Starts a CA on a free loopback port in a folder of its own and waits until it answers; with another port where another
 * process took it in the meantime. It does not outlive this process.
 * @throws when it does not come up, with its last lines.
 */
export async function startCaProcess<Setup>(options: CaProcessOptions<Setup>): Promise<CaProcess<Setup>> {
  for (let tries = 1; ; tries++) {
    const folder = await mkdtemp(join(tmpdir(), `external-issuer-${options.name}-`));
    const group = createProcessGroup();
    const removing = { recursive: true, force: true, maxRetries: 5 };
    if (!options.environment.keepFiles) group.onExit(() => rmSync(folder, removing));
    const log = join(folder, 'output.log');
    const logTail = async (lines = 20) =>
      (await readFile(log, 'utf8').catch(() => ''))
        .split('\n')
        .slice(-lines - 1)
        .join('\n');
    let child: Child | undefined;
    const close = async () => {
      await child?.stop();
      if (!options.environment.keepFiles) await rm(folder, removing);
      group.close();
    };
    try {
      const [port = 0] = await freePorts(1);
      const setup = await options.prepare(folder, port);
      const { command, env } = options.program;
      child = group.start({
        name: options.name,
        command: '/bin/sh',
        args: ['-c', untilStdinEnds, command, ...options.args(setup)],
        env: { PATH: '/usr/bin:/bin', HOME: folder, ...env },
        cwd: folder,
        output: { file: log },
      });
      await untilAnswers(child, async () => await options.probe(setup));
      return { setup, folder, logTail, close };
    } catch (error) {
      const tail = await logTail();
      await close();
      if (tries < portTries && tail.includes('address already in use')) continue;
      throw new Error(`${options.name} did not start: ${messageOf(error)}; its last lines:\n${tail}`, { cause: error });
    }
  }
}
