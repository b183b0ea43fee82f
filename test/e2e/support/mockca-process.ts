import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A mock CA server that runs as a process of its own; `await using` ends it with the test, however that ends. */
export interface MockCaProcess extends AsyncDisposable {
  readonly pid: number;
  /** `http://127.0.0.1:40001`, or https. */
  readonly url: string;
  /** Lines of the log, as they are written. */
  readonly logs: readonly string[];
  /** Sends the signal and waits for the end; gives the exit code, or null where a signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What a command wrote, and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** Starts a server on a free port and resolves when it listens. It dies with this process. */
export async function startMockCa(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<MockCaProcess> {
  const addr = args.some((arg) => arg.startsWith('--addr')) || env['MOCKCA_ADDR'] !== undefined ? [] : ['--addr=127.0.0.1:0'];
  const child = start(['mockca', ...addr, ...args], { MOCKCA_LOG_FORMAT: 'json', ...env });
  const logs: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stderr = child.stderr ?? process.stdin;
  createInterface(stderr).on('line', (line) => {
    logs.push(line);
    const { addr: address, tls } = listening(line);
    if (address !== undefined) resolve(`${tls ? 'https' : 'http'}://${address}`);
  });
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, 20_000);
  process.once('exit', kill);
  const ended = once(child, 'exit').then(([code]) => {
    process.off('exit', kill);
    reject(new Error(`the server ended with ${code}; it wrote:\n${logs.join('\n')}`));
    return typeof code === 'number' ? code : null;
  });
  const url = await promise.finally(() => clearTimeout(timer));
  return {
    pid: child.pid ?? 0,
    url,
    logs,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the CLI to its end. */
export async function runCommand(
  args: readonly string[],
  options: { cwd?: string; stdin?: string | Uint8Array; env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const startedAt = performance.now();
  const child = start(args, options.env ?? {}, options.cwd);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin?.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output, wallMs: performance.now() - startedAt };
}

function start(args: readonly string[], env: Readonly<Record<string, string>>, cwd?: string): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
}

function listening(line: string): { readonly addr?: string; readonly tls?: boolean } {
  try {
    const event = JSON.parse(line) as { readonly msg?: string; readonly addr?: string; readonly tls?: boolean };
    return event.msg === 'listening' ? event : {};
  } catch {
    const address = / INFO {2}listening addr=(\S+)/.exec(line)?.[1];
    return address === undefined ? {} : { addr: address };
  }
}
