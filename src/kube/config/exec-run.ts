import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { parseFields } from '../../lib/fields.ts';
import type { Environment } from '../../lib/no-proxy.ts';
import { KubeConfigError } from './config-error.ts';
import type { Placed } from './kubeconfig.ts';
import type { ExecPlugin } from './schema.ts';

/** What a plugin that asks for it is told of the cluster; field names as in the ExecCredential API. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly config?: unknown;
}

/** What a plugin gave: a token, a certificate with its key, or both; `expiresAt` in milliseconds since the epoch. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly pair: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly expiresAt: number | undefined;
}

/** Milliseconds a plugin may take: those that ask a cloud for a token need seconds, not minutes. */
const timeLimitMs = 60_000;
const maxOutputBytes = 1024 * 1024;

const answerSchema = z.object({
  apiVersion: z.string(),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' }).nullish(),
  }),
});

/**
 * Runs a credential plugin without standard input and reads its answer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runExecPlugin(
  plugin: Placed<ExecPlugin>,
  cluster: ExecCluster,
  env: Environment,
  limitMs = timeLimitMs,
): Promise<ExecCredential> {
  const { value, place } = plugin;
  const at = `${place.file}: ${place.path}`;
  const info = {
    kind: 'ExecCredential',
    apiVersion: value.apiVersion,
    spec: { interactive: false, ...(value.provideClusterInfo ? { cluster } : {}) },
  };
  const output = await run(plugin, limitMs, {
    ...env,
    ...Object.fromEntries(value.env.map((entry) => [entry.name, entry.value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  });
  return readAnswer(output, value.apiVersion, `${at}.command`);
}

async function run({ value, place }: Placed<ExecPlugin>, limitMs: number, env: Environment): Promise<string> {
  const command = value.command.includes('/') ? resolve(dirname(place.file), value.command) : value.command;
  const { promise, resolve: settle, reject } = Promise.withResolvers<string>();
  const options = { env: { ...env }, timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes } as const;
  const child = execFile(command, value.args, options, (error, stdout, stderr) => {
    if (error === null) settle(stdout);
    else {
      const said = lastWords(stderr);
      const hint = error.code === 'ENOENT' && value.installHint !== undefined ? `. ${lastWords(value.installHint)}` : '';
      const reason = `${failure(error, limitMs)}${hint}${said === '' ? '' : `; it said: ${said}`}`;
      const message = `${place.file}: ${place.path}.command: the credential plugin "${value.command}" ${reason}`;
      // Not the cause: it repeats the command line, where a token may stand.
      reject(new KubeConfigError('NoCredentials', message));
    }
  });
  child.stdin?.on('error', () => undefined).end();
  return await promise;
}

function failure(error: NonNullable<Parameters<NonNullable<Parameters<typeof execFile>[3]>>[0]>, limitMs: number): string {
  if (error.code === 'ENOENT') return 'is not installed or not in the PATH';
  if (error.code === 'EACCES') return 'is not executable';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `wrote more than ${maxOutputBytes} bytes`;
  if (error.killed === true) return `did not end within ${limitMs / 1000} s and was stopped`;
  return `failed with ${error.signal ? `signal ${error.signal}` : `exit code ${error.code ?? 'unknown'}`}`;
}

function readAnswer(output: string, apiVersion: string, at: string): ExecCredential {
  const wrong = (message: string) => new KubeConfigError('NoCredentials', `${at}: the credential plugin's answer: ${message}`);
  const parsed = parseFields(answerSchema, parseJson(output), 'ExecCredential');
  if (!parsed.ok) throw wrong(parsed.error.join('; '));
  const { status } = parsed.value;
  if (parsed.value.apiVersion !== apiVersion) {
    throw wrong(`it is ${parsed.value.apiVersion.slice(0, 80)}, but the kubeconfig asks for ${apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  if (!cert !== !key) throw wrong('of certificate and key only one is there');
  if (!token && !cert) throw wrong('there is neither a token nor a certificate');
  return {
    token: token || undefined,
    pair: cert && key ? { cert: Buffer.from(cert), key: Buffer.from(key) } : undefined,
    expiresAt: expirationTimestamp ? Date.parse(expirationTimestamp) : undefined,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lastWords(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(-300);
}
