import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockCa } from '../test/e2e/support/mockca-process.ts';

/** How the mock CA server of the benchmark is started. */
interface BenchCaOptions {
  /** As `--fault-latency`: `20ms`. */
  readonly latency: string;
  /** `127.0.0.1:40001`, to take the place of one that was stopped. */
  readonly addr?: string;
}

/** A mock CA server over HTTPS in a process of its own, with a bearer token and an ECDSA key. */
export interface BenchCa {
  readonly pid: number;
  /** `https://127.0.0.1:40001` */
  readonly url: string;
  /** How many signing requests it has answered with a certificate, by its journal. */
  signed(): number;
  stop(): Promise<void>;
}

/** What the servers of one run share: the certificate of HTTPS, which is its own root, and the token. */
export interface BenchCaFiles {
  readonly certificatePem: string;
  readonly token: string;
  start(options: BenchCaOptions): Promise<BenchCa>;
  remove(): void;
}

/** Makes the certificate and the token in a folder of their own. */
export function createBenchCaFiles(): BenchCaFiles {
  const dir = mkdtempSync(join(tmpdir(), 'external-issuer-bench-ca-'));
  const file = (name: string): string => join(dir, name);
  const token = 'bench-token';
  writeFileSync(file('token'), token);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('tls.key')];
  const names = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, ...names, '-out', file('tls.crt')], { stdio: 'ignore' });
  let journals = 0;
  return {
    certificatePem: readFileSync(file('tls.crt'), 'utf8'),
    token,
    async start({ latency, addr }) {
      journals += 1;
      const journal = file(`journal-${journals}`);
      const server = await startMockCa([
        ...(addr === undefined ? [] : [`--addr=${addr}`]),
        '--key-algorithm=ECDSA',
        `--tls-cert-file=${file('tls.crt')}`,
        `--tls-key-file=${file('tls.key')}`,
        `--token-file=${file('token')}`,
        `--journal=${journal}`,
        `--fault-latency=${latency}`,
      ]);
      return {
        pid: server.pid,
        url: server.url,
        signed: () => readFileSync(journal, 'utf8').split('\n').length - 1,
        stop: async () => void (await server.end('SIGKILL')),
      };
    },
    remove: () => rmSync(dir, { recursive: true }),
  };
}
