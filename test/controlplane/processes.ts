import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../src/lib/errors.ts';

/** A process that was started and its end. */
export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves with how it ended (`exit code 1`, `SIGKILL`, or why it could not start); never rejects. */
  readonly ended: Promise<string>;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL after the grace period; resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where its output goes: appended to a file, or line by line to a function. */
  readonly output: { readonly file: string } | { readonly onLine: (line: string) => void };
}

/** Processes that end with this one, however it ends. */
export interface ProcessGroup {
  start(options: StartOptions): Child;
  /** Runs `cleanup` (which must be synchronous) when this process exits, unless the returned function was called. */
  onExit(cleanup: () => void): () => void;
  /** Forgets what to do at the exit of this process; for when all its processes are stopped. */
  close(): void;
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends this process by way of its 'exit' event, unless someone else handles the signal. */
function exitOnSignal(signal: NodeJS.Signals): void {
  if (process.listeners(signal).every((listener) => listener === exitOnSignal)) process.exit(128 + constants.signals[signal]);
}

/** Signals a child and what it started: each child leads a process group of its own. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended between the check and the signal.
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    process.stderr.write(`controlplane: cleaning up: ${messageOf(error)}\n`);
  }
}

function launch(options: StartOptions): ChildProcess {
  const log = 'file' in options.output ? openSync(options.output.file, 'a', 0o600) : undefined;
  try {
    return spawn(options.command, options.args, {
      stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
      detached: true, // Ctrl-C reaches only this process, which then stops the parts in their order.
      // The kernel closes the pipe when this process dies, of SIGKILL too; the program then exits by itself.
      env: { ...options.env, CONTROLPLANE_EXIT_WITH_STDIN: '1' },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** How the process ended, in words, once its output is read too. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    await once(child, child.stdout === null ? 'exit' : 'close');
    return child.signalCode ?? `exit code ${child.exitCode}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Makes a group; its processes get SIGKILL when this process exits by itself, by a signal or by an uncaught error. */
export function createProcessGroup(): ProcessGroup {
  const running = new Set<ChildProcess>();
  const cleanups = new Set<() => void>();
  const atExit = () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
    for (const cleanup of cleanups) quietly(cleanup);
  };
  process.on('exit', atExit);
  for (const signal of endingSignals) if (!process.listeners(signal).includes(exitOnSignal)) process.on(signal, exitOnSignal);

  return {
    start(options) {
      const child = launch(options);
      running.add(child);
      child.stdin?.on('error', () => undefined);
      if ('onLine' in options.output) {
        for (const stream of [child.stdout, child.stderr])
          if (stream) createInterface(stream).on('line', options.output.onLine);
      }
      const ended = endOf(child).finally(() => running.delete(child));
      const kill = async () => {
        signalGroup(child, 'SIGKILL');
        await ended;
      };
      return {
        name: options.name,
        pid: child.pid,
        ended,
        isRunning: () => running.has(child),
        kill,
        async stop(graceMs = 5000) {
          signalGroup(child, 'SIGTERM');
          const gaveUp = new AbortController();
          const timer = delay(graceMs, undefined, { signal: gaveUp.signal }).then(kill, () => undefined);
          await ended;
          gaveUp.abort();
          await timer;
        },
      };
    },
    onExit(cleanup) {
      cleanups.add(cleanup);
      return () => void cleanups.delete(cleanup);
    },
    close() {
      process.off('exit', atExit);
    },
  };
}
