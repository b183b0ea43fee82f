import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** What a command that has ended left behind; `code` is null where a signal ended it. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface RunOptions {
  /** Written to the command's standard input, which is then closed. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds after which the command gets SIGTERM; 2 minutes by default. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end and collects its output; it does not outlive this process. A code other than 0 is a result, not an error.
 * @throws when the command cannot be started (`ENOENT`: not installed).
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(command, args, {
    stdio: 'pipe',
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  // Not the timeout of spawn: it goes on, and keeps this process alive, where the command could not be started.
  const timer = setTimeout(() => child.kill('SIGTERM'), options.timeoutMs ?? 120_000);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
    process.off('exit', kill);
  });
  // A command may end without reading all of its input; its exit code says whether that is a fault.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}
