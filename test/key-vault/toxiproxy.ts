import { join } from 'node:path';
import { type HarnessOptions, startCaProcess } from '../cas/ca-process.ts';
import { call } from '../cas/https-client.ts';
import { buildGoProgram } from '../cas/programs.ts';
import { freePorts } from '../controlplane/ports.ts';

/** Toxics by name with what each takes: https://github.com/Shopify/toxiproxy#toxics. Times in milliseconds, sizes in bytes. */
export interface Toxics {
  readonly latency: { readonly latency: number; readonly jitter?: number };
  /** Stops all data and closes the connection after `timeout`; never where it is 0. */
  readonly timeout: { readonly timeout: number };
  /** Resets the connection after `timeout`. */
  readonly reset_peer: { readonly timeout: number };
  /** Closes the connection after so many bytes. */
  readonly limit_data: { readonly bytes: number };
  /** KB/s. */
  readonly bandwidth: { readonly rate: number };
  readonly slow_close: { readonly delay: number };
  readonly slicer: { readonly average_size: number; readonly size_variation: number; readonly delay: number };
}

/** A TCP proxy in front of a server; without toxics it changes nothing. */
export interface Proxy {
  /** `127.0.0.1`. */
  readonly host: string;
  readonly port: number;
  /** On what goes to the client, or with `upstream` on what goes to the server. */
  addToxic<Type extends keyof Toxics>(type: Type, attributes: Toxics[Type], stream?: 'downstream' | 'upstream'): Promise<void>;
  removeToxics(): Promise<void>;
  /** Refuses connections and cuts those that are open. */
  disable(): Promise<void>;
  enable(): Promise<void>;
}

/** A Toxiproxy that answers. */
export interface Toxiproxy {
  /** @param upstream `host:port`. */
  proxy(name: string, upstream: string): Promise<Proxy>;
  logTail(lines?: number): Promise<string>;
  close(): Promise<void>;
}

interface Setup {
  readonly port: number;
  readonly url: string;
}

/** Starts a Toxiproxy without proxies; builds it first where it is not in the cache. */
export async function startToxiproxy({ environment, stream }: HarnessOptions): Promise<Toxiproxy> {
  const program = await buildGoProgram(join(import.meta.dirname, 'toxiproxy'), environment, stream);
  const { setup, logTail, close } = await startCaProcess<Setup>({
    name: 'toxiproxy',
    program,
    environment,
    prepare: async (_folder, port) => await Promise.resolve({ port, url: `http://127.0.0.1:${port}` }),
    args: ({ port }) => ['-host', '127.0.0.1', '-port', `${port}`],
    probe: async ({ url }) => await send(url, 'GET', 'version'),
  });
  return {
    async proxy(name, upstream) {
      const [port = 0] = await freePorts(1);
      await send(setup.url, 'POST', 'proxies', { name, listen: `127.0.0.1:${port}`, upstream, enabled: true });
      const change = async (method: string, path: string, body?: unknown): Promise<void> =>
        await send(setup.url, method, `proxies/${name}${path}`, body);
      const toxics = new Set<string>();
      return {
        host: '127.0.0.1',
        port,
        async addToxic(type, attributes, direction = 'downstream') {
          const toxic = `${type}-${direction}`;
          await change('POST', '/toxics', { name: toxic, type, stream: direction, attributes });
          toxics.add(toxic);
        },
        async removeToxics() {
          for (const toxic of toxics) await change('DELETE', `/toxics/${toxic}`);
          toxics.clear();
        },
        disable: async () => await change('POST', '', { enabled: false }),
        enable: async () => await change('POST', '', { enabled: true }),
      };
    },
    logTail,
    close,
  };
}

async function send(url: string, method: string, path: string, body?: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const content = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const { status, text } = await call(`${url}/${path}`, {}, { method, ...content });
  if (status >= 300) throw new Error(`Toxiproxy answered ${status} to ${method} /${path}: ${text.slice(0, 300)}`);
}
