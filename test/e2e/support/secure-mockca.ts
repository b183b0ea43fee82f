import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestCa } from '../../cas/test-ca.ts';
import { startMockCa } from './mockca-process.ts';

/** A mock CA server over TLS with a journal in a file; `await using` ends it. */
export interface SecureMockCa extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** What its own certificate is believed by. */
  readonly trustPem: string;
  /** The bearer token that it wants, where it wants one. */
  readonly token: string;
  /** A certificate that it knows, where it asks clients for one. */
  readonly client: { readonly certificatePem: string; readonly keyPem: string };
  /** The certificate of the CA, which is a root. */
  rootPem(): Promise<string>;
  /** What was signed, oldest first. */
  signings(): Promise<
    readonly { readonly subject: string; readonly sans: readonly string[]; readonly idempotencyKey: string }[]
  >;
  /** The requests of its log, as `POST /sign 200`; probes are not among them. */
  requests(): readonly string[];
  /** Ends it and starts another in its place, at the same address, with the same CA; give the arguments again. */
  restart(args?: readonly string[]): Promise<void>;
  /** Ends it; its address refuses connections until it is restarted. */
  stop(): Promise<void>;
}

/** What clients must show: nothing, a bearer token, or that and a certificate. */
export type MockCaAccess = 'open' | 'token' | 'token and certificate';

/** Starts a server with these further arguments. */
export async function startSecureMockCa(access: MockCaAccess, args: readonly string[] = []): Promise<SecureMockCa> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-mockca-'));
  const around = await createTestCa(folder, 'mockca tls root');
  const [server, client] = await Promise.all([around.server('mockca'), around.client('mockca client')]);
  const token = randomUUID();
  const [tokenFile, journal] = [join(folder, 'token'), join(folder, 'journal')];
  await writeFile(tokenFile, token, { mode: 0o600 });
  const always = [
    `--ca-dir=${join(folder, 'ca')}`,
    '--key-algorithm=ECDSA',
    `--tls-cert-file=${server.certificateFile}`,
    `--tls-key-file=${server.keyFile}`,
    `--journal=${journal}`,
    ...(access === 'open' ? [] : [`--token-file=${tokenFile}`]),
    ...(access === 'token and certificate' ? [`--tls-client-ca-file=${around.certificateFile}`] : []),
  ];
  let running = await startMockCa([...always, ...args]);
  const { url } = running;
  const logs: string[] = [];
  return {
    url,
    trustPem: around.certificatePem,
    token,
    client,
    rootPem: async () => await readFile(join(folder, 'ca', 'tls.crt'), 'utf8'),
    async signings() {
      const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as never);
    },
    requests() {
      const events = [...logs, ...running.logs].map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const served = events.filter(({ msg, level }) => msg === 'request' && level !== 'debug');
      return served.map(({ method, path, status }) => `${String(method)} ${String(path)} ${String(status)}`);
    },
    async restart(again = []) {
      await running.end('SIGKILL');
      logs.push(...running.logs);
      running = await startMockCa([...always, `--addr=${new URL(url).host}`, ...again]);
    },
    async stop() {
      await running.end('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
