import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../../controlplane/ports.ts';
import { eventually } from './eventually.ts';

/** One series of an answer, and its last value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert that Prometheus knows. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** What Prometheus scrapes, and what came of it last. */
export interface ScrapeTarget {
  readonly scrapePool: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** A Prometheus that runs. */
export interface Prometheus {
  query(expr: string): Promise<readonly Sample[]>;
  alerts(): Promise<readonly ActiveAlert[]>;
  targets(): Promise<readonly ScrapeTarget[]>;
  stop(): Promise<void>;
}

/** Starts the program with these scrape jobs and rules (YAML), both looked at each second. */
export async function startPrometheus(program: string, jobs: readonly object[], rules: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: jobs,
  };
  await writeFile(join(folder, 'prometheus.yaml'), stringify(config));
  await writeFile(join(folder, 'rules.yaml'), rules);
  const args = ['config.file=prometheus.yaml', 'storage.tsdb.path=data', `web.listen-address=${address}`];
  const child = spawn(
    program,
    args.map((arg) => `--${arg}`),
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const answer = (await response.json()) as { readonly data?: T; readonly error?: string };
    if (answer.data === undefined) throw new Error(`Prometheus answered ${response.status}: ${answer.error}`);
    return answer.data;
  }

  await eventually('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${said.join('')}`);
    return await fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    async query(expr) {
      type Result = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };
      const { result } = await get<{ readonly result: readonly Result[] }>(`query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    alerts: async () => (await get<{ readonly alerts: readonly ActiveAlert[] }>('alerts')).alerts,
    targets: async () => (await get<{ readonly activeTargets: readonly ScrapeTarget[] }>('targets')).activeTargets,
    async stop() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      process.off('exit', kill);
      await rm(folder, { recursive: true });
    },
  };
}
