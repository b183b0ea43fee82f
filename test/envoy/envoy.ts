import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HarnessOptions, startCaProcess } from '../cas/ca-process.ts';
import { call } from '../cas/https-client.ts';
import type { Program } from '../cas/programs.ts';
import { freePorts } from '../controlplane/ports.ts';
import { gatewayBootstrap, type GatewayConfig } from './bootstrap.ts';

/** An Envoy that runs. */
export interface Envoy {
  /** Where it takes TLS connections, on 127.0.0.1, once it has a certificate. */
  readonly port: number;
  /** Its counters and gauges whose names match the regular expression. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
  logTail(lines?: number): Promise<string>;
  close(): Promise<void>;
}

interface Setup {
  readonly port: number;
  readonly admin: string;
  readonly configFile: string;
}

/** Starts an Envoy and waits until its admin interface answers; its listener opens when it has a certificate. */
export async function startEnvoy(
  program: Program,
  config: Omit<GatewayConfig, 'port' | 'adminPort'>,
  { environment }: Pick<HarnessOptions, 'environment'>,
): Promise<Envoy> {
  const { setup, logTail, close } = await startCaProcess<Setup>({
    name: 'envoy',
    program,
    environment,
    async prepare(folder, port) {
      const [adminPort = 0] = await freePorts(1);
      const configFile = join(folder, 'bootstrap.json');
      await writeFile(configFile, JSON.stringify(gatewayBootstrap({ ...config, port, adminPort })));
      return { port, admin: `http://127.0.0.1:${adminPort}`, configFile };
    },
    args: ({ configFile }) => ['--config-path', configFile, '--concurrency', '2', '--disable-hot-restart'],
    probe: async ({ admin }) => void (await read(admin, '/server_info')),
  });
  return {
    port: setup.port,
    async stats(filter) {
      const text = await read(setup.admin, `/stats?filter=${encodeURIComponent(filter)}`);
      return new Map([...text.matchAll(/^(\S+): (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
    },
    logTail,
    close,
  };
}

async function read(admin: string, path: string): Promise<string> {
  const { status, text } = await call(`${admin}${path}`, {});
  if (status !== 200) throw new Error(`Envoy answered ${status} to ${path}: ${text.slice(0, 300)}`);
  return text;
}
