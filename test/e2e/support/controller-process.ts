import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';

/** One line of the controller's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** A controller, or an approver, that runs as a process of its own, from the sources or from a bundle. */
export interface ControllerProcess {
  readonly pid: number;
  readonly logs: readonly LogLine[];
  /** Base addresses: `http://127.0.0.1:40001`. */
  readonly metricsUrl: string;
  readonly healthUrl: string;
  /** Resolves with the first line, past or future, that matches; rejects after `timeoutMs`. */
  waitForLog(matches: (line: LogLine) => boolean, timeoutMs?: number): Promise<LogLine>;
  /** Sends the signal and waits for the end; gives the exit code, or null where a signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

/** How to start a controller. */
export interface ControllerOptions {
  readonly kubeconfig: string;
  /** The command of the program; the controller where none is given. */
  readonly command?: 'controller' | 'approver';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The program to run instead of `src/main.ts`. */
  readonly entry?: string;
  readonly nodeArgs?: readonly string[];
}

const sources = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** Starts a controller on free ports and resolves when its probes are served. Its log is kept, and shown where it dies. */
export async function startControllerProcess(options: ControllerOptions): Promise<ControllerProcess> {
  const { kubeconfig, command = 'controller', args = [], env = {}, entry = sources, nodeArgs = [] } = options;
  const servers = ['--metrics-bind-address=127.0.0.1:0', '--health-probe-bind-address=127.0.0.1:0'];
  if (command === 'controller') servers.push('--status-bind-address=0');
  const child = spawn(process.execPath, [...nodeArgs, entry, command, `--kubeconfig=${kubeconfig}`, ...servers, ...args], {
    env: { PATH: process.env['PATH'], POD_NAMESPACE: 'external-issuer-system', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const logs: LogLine[] = [];
  const watchers = new Set<(line: LogLine) => void>();
  createInterface(child.stderr).on('line', (text) => {
    const line = parseLine(text);
    logs.push(line);
    for (const watcher of watchers) watcher(line);
  });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  const ended = once(child, 'exit').then(([code]) => {
    process.off('exit', stop);
    return typeof code === 'number' ? code : null;
  });

  async function waitForLog(matches: (line: LogLine) => boolean, timeoutMs = 30_000): Promise<LogLine> {
    const known = logs.find(matches);
    if (known !== undefined) return known;
    const found = Promise.withResolvers<LogLine>();
    const watcher = (line: LogLine): void => (matches(line) ? found.resolve(line) : undefined);
    watchers.add(watcher);
    const timer = setTimeout(
      () => found.reject(new Error(`the controller did not log what was awaited; its log ends:\n${tailOf(logs)}`)),
      timeoutMs,
    );
    const died = ended.then((code) =>
      found.reject(new Error(`the controller ended with ${code}; its log ends:\n${tailOf(logs)}`)),
    );
    try {
      return await Promise.race([found.promise, died.then(() => found.promise)]);
    } finally {
      clearTimeout(timer);
      watchers.delete(watcher);
    }
  }

  const addressOf = async (msg: string): Promise<string> =>
    `http://${String((await waitForLog((line) => line.msg === msg))['addr'])}`;
  return {
    pid: child.pid ?? 0,
    logs,
    metricsUrl: await addressOf('metrics listening'),
    healthUrl: await addressOf('health probes listening'),
    waitForLog,
    ended,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return await ended;
    },
  };
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text };
  }
}

function tailOf(logs: readonly LogLine[]): string {
  return logs
    .slice(-25)
    .map((line) => JSON.stringify(line))
    .join('\n');
}
