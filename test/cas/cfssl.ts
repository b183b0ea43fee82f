import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HarnessOptions, startCaProcess } from './ca-process.ts';
import { type ClientTls, postJson } from './https-client.ts';
import { oldCfssl } from './old-cfssl.ts';
import { buildProgram } from './programs.ts';
import { createTestCa, type Credentials, type TestCa } from './test-ca.ts';

/** Which CFSSL, and how it is set up. */
export interface CfsslOptions extends HarnessOptions {
  /** 1.6.5 (Go), or Debian's 1.2.0 of 2016, which leaves URI SANs out without a word. */
  readonly version: '1.6' | '1.2';
  /** Every profile demands a token, so that `/sign` is off (404) and only `/authsign` is on; else only the profile `auth` does. */
  readonly auth?: boolean;
  /** Serves TLS, with `mutual` for clients with a certificate alone; else plain HTTP. */
  readonly tls?: 'server' | 'mutual';
}

/** A CFSSL that answers on loopback. */
export interface Cfssl {
  /** `http(s)://127.0.0.1:PORT`; sign at `/api/v1/cfssl/sign`, `/authsign`, and its certificate at `/info`. */
  readonly url: string;
  /** The certificate that signs, a root; answers do not hold it. */
  readonly caPem: string;
  /** Names of profiles: for servers and clients, 90 days; the same for one hour; that with a token. */
  readonly profiles: { readonly www: string; readonly short: string; readonly auth: string };
  /** The key of the tokens: HMAC-SHA256 over the bytes of the request, with these hexadecimal digits decoded. */
  readonly authKeyHex: string;
  /** How clients connect: trust, and a certificate where the server asks for one; empty for plain HTTP. */
  readonly tls: ClientTls;
  logTail(lines?: number): Promise<string>;
  close(): Promise<void>;
}

interface Setup extends Omit<Cfssl, 'logTail' | 'close'> {
  readonly args: readonly string[];
}

function configuration(auth: boolean, authKeyHex: string): object {
  const usages = ['digital signature', 'key encipherment', 'server auth', 'client auth'];
  const open = auth ? { auth_key: 'tests' } : {};
  const profiles = {
    www: { usages, expiry: '2160h', ...open },
    short: { usages, expiry: '1h', ...open },
    auth: { usages, expiry: '2160h', auth_key: 'tests' },
  };
  return {
    signing: { default: { usages, expiry: '2160h', ...open }, profiles },
    auth_keys: { tests: { type: 'standard', key: authKeyHex } },
  };
}

/** The options of TLS for the server, and what its clients need. */
async function tlsOf(
  tls: CfsslOptions['tls'],
  around: TestCa,
): Promise<{ readonly args: readonly string[]; readonly client: ClientTls }> {
  if (tls === undefined) return { args: [], client: {} };
  const server = await around.server('cfssl server');
  const args = ['-tls-cert', server.certificateFile, '-tls-key', server.keyFile];
  if (tls === 'server') return { args, client: { ca: around.certificatePem } };
  const client: Credentials = await around.client('cfssl client');
  return {
    args: [...args, '-mutual-tls-ca', around.certificateFile],
    client: { ca: around.certificatePem, cert: client.certificatePem, key: client.keyPem },
  };
}

async function prepare(folder: string, port: number, { auth = false, tls }: CfsslOptions): Promise<Setup> {
  const ca = await createTestCa(folder, 'cfssl root');
  const around = await createTestCa(folder, 'tls root');
  const { args, client } = await tlsOf(tls, around);
  const authKeyHex = randomBytes(16).toString('hex');
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify(configuration(auth, authKeyHex)), { mode: 0o600 });
  const files = ['-ca', ca.certificateFile, '-ca-key', ca.keyFile, '-config', config];
  return {
    args: ['serve', '-address', '127.0.0.1', '-port', `${port}`, ...files, ...args],
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    caPem: ca.certificatePem,
    profiles: { www: 'www', short: 'short', auth: 'auth' },
    authKeyHex,
    tls: client,
  };
}

/** Starts a CFSSL with a new CA; gets the program first where it is not in the cache. */
export async function startCfssl(options: CfsslOptions): Promise<Cfssl> {
  const { environment, stream, version } = options;
  const program = version === '1.6' ? await buildProgram('cfssl', environment, stream) : await oldCfssl(environment, stream);
  const { setup, logTail, close } = await startCaProcess({
    name: `cfssl-${version}`,
    program,
    environment,
    prepare: async (folder, port) => await prepare(folder, port, options),
    args: ({ args }) => args,
    async probe({ url, tls }) {
      const { status, text } = await postJson(`${url}/api/v1/cfssl/info`, tls, { label: '' });
      if (status !== 200) throw new Error(`info answered ${status}: ${text.slice(0, 300)}`);
    },
  });
  const { args: _, ...ca } = setup;
  return { ...ca, logTail, close };
}
