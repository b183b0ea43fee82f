import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliDeps } from '../../../../src/cli/deps.ts';
import { CodedError } from '../../../../src/lib/errors.ts';
import type { Clock } from '../../../../src/lib/clock.ts';

/** What a command wrote, and the error that it ended with: `Failed: …`. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: string;
}

/** A clock that does not wait; it tells how long it was asked to. */
export interface PatientClock extends Clock {
  readonly slept: readonly number[];
}

/** Begins at the present time, for certificates that are made meanwhile. */
export function patientClock(): PatientClock {
  const slept: number[] = [];
  const passed = (): number => slept.reduce((sum, ms) => sum + ms, 0);
  return {
    slept,
    now: () => Date.now() + passed(),
    monotonic: () => performance.now() + passed(),
    // A deadline's timer, which is cancelled, must not come before the work it limits.
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (ms >= 60_000) await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

/** Runs what a command does with collectors for its output. */
export async function outcomeOf(
  run: (deps: CliDeps) => Promise<void>,
  { stdin = '', ...overrides }: Partial<Omit<CliDeps, 'stdin'>> & { readonly stdin?: string } = {},
): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const deps: CliDeps = {
    env: {},
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
    clock: patientClock(),
    random: () => 0.5,
    version: '1.2.3',
    invocation: 'external-issuer',
    nodeVersion: 'v0',
    setExitCode: () => undefined,
    ...overrides,
  };
  try {
    await run(deps);
    return { stdout, stderr };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { stdout, stderr, error: `${error.code}: ${error.message}` };
  }
}

/** A folder with files, for a test file that removes it in its `after`. */
export interface Folder {
  /** Writes a file and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

export function makeFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'external-issuer-cli-'));
  return {
    write(name, text) {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
