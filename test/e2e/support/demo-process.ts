import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../../controlplane/environment.ts';
import { eventually } from './eventually.ts';

/** A demo that runs as a process of its own, with a temporary folder of its own. */
export interface DemoProcess {
  /** What it has written to both its outputs so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its temporary folder, which names every process it starts. */
  readonly temp: string;
  /** Resolves when the standard output holds the text; rejects when the demo ends without it. */
  untilSaid(text: string): Promise<void>;
  /** The processes of the demo: itself and all it started. */
  processes(): Promise<readonly string[]>;
  /** Ctrl-C: the signal reaches the whole process group of the terminal. */
  interrupt(): void;
  readonly ended: Promise<number | null>;
  /** Ends it, should it still run, and removes its folder. */
  dispose(): Promise<void>;
}

const script = fileURLToPath(new URL('../../../scripts/demo.ts', import.meta.url));

/** @param programs shell scripts by the name of the program whose place they take. */
export async function startDemo(args: readonly string[], programs: Readonly<Record<string, string>>): Promise<DemoProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-demo-test-'));
  const temp = join(folder, 'temp');
  const shims = join(folder, 'programs');
  await Promise.all([mkdir(temp), mkdir(shims)]);
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(shims, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
  }
  const { FORCE_COLOR: _, EXTERNAL_ISSUER_TEST_KEEP: _keep, ...inherited } = readEnvironment().variables;
  const env = { ...inherited, TMPDIR: temp, PATH: `${shims}:${inherited['PATH']}` };
  const child = spawn(process.execPath, [script, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
  };
  const killGroup = (): void => signalGroup('SIGKILL');
  process.once('exit', killGroup);
  return {
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    env,
    temp,
    async untilSaid(text) {
      await eventually(
        `the demo says "${text}"; so far it said:\n${stdout}${stderr}`,
        async () => {
          if (stdout.includes(text)) return true;
          return child.exitCode === null ? false : await Promise.reject(new Error(`it ended with ${child.exitCode}`));
        },
        60_000,
      );
    },
    processes: async () => await processesWith(temp),
    interrupt: () => signalGroup('SIGINT'),
    ended,
    async dispose() {
      signalGroup('SIGKILL');
      await ended;
      process.off('exit', killGroup);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The command lines of the processes that have the text in their arguments or their environment. */
async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = async (file: string): Promise<string> => await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [args, environment] = await Promise.all([read('cmdline'), read('environ')]);
      return `${args}${environment}`.includes(text) ? [args.replaceAll('\0', ' ').trim()] : [];
    }),
  );
  return found.flat();
}
