import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { selfSignedPair, type ServingPair } from './self-signed.ts';

/** Where a server's certificate and key are. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** What a server begins with, and how it learns of a newer one. */
export interface ServingCertificate {
  readonly first: SecureContextOptions;
  /** Calls `use` whenever the files hold another pair; ends when `signal` is aborted. */
  follow(use: (next: SecureContextOptions) => void, signal: AbortSignal): Promise<void>;
}

/** How often the files are looked at, in milliseconds: the kubelet takes a minute or so to bring a changed Secret. */
const lookMs = 30_000;

/** Forward secrecy and authenticated encryption; those of TLS 1.3 first. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * Reads the certificate of a server, or makes one where there are no files.
 * @throws {CodedError} `ServingCertificate` where the files cannot be used.
 */
export async function servingCertificate(
  files: CertificateFiles | undefined,
  { clock, log }: { readonly clock: Pick<Clock, 'now' | 'sleep'>; readonly log: Pick<Logger, 'info' | 'warn'> },
): Promise<ServingCertificate> {
  if (files === undefined) return { first: optionsOf(await selfSignedPair(clock.now())), follow: async () => {} };
  let known = await readPair(files);
  return {
    first: optionsOf(known),
    async follow(use, signal) {
      let trouble = '';
      for (;;) {
        try {
          await clock.sleep(lookMs, signal);
        } catch {
          return;
        }
        try {
          const next = await readPair(files);
          trouble = '';
          if (next.cert === known.cert && next.key === known.key) continue;
          use(optionsOf(next));
          known = next;
          log.info({ file: files.cert }, 'metrics certificate read again');
        } catch (error) {
          // The two files of a Secret change together, but a look may come between others.
          if (messageOf(error) === trouble) continue;
          trouble = messageOf(error);
          log.warn({ error: trouble }, 'metrics certificate cannot be read again, the one before stays');
        }
      }
    },
  };
}

async function readPair({ cert, key }: CertificateFiles): Promise<ServingPair> {
  const read = async (flag: string, file: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (cause) {
      throw fault(`${flag}: ${messageOf(cause)}; name a file in PEM that this process may read`, cause);
    }
  };
  const pair = { cert: await read('--metrics-tls-cert-file', cert), key: await read('--metrics-tls-key-file', key) };
  try {
    createSecureContext(optionsOf(pair));
    return pair;
  } catch (cause) {
    const what = `${messageOf(cause)}; write a certificate, its chain after it, and the private key that belongs to it, as PEM`;
    throw fault(`--metrics-tls-cert-file, --metrics-tls-key-file: ${what}`, cause);
  }
}

function fault(message: string, cause: unknown): CodedError {
  return new CodedError('ServingCertificate', message, { cause });
}

function optionsOf(pair: ServingPair): SecureContextOptions {
  return { ...pair, ciphers, minVersion: 'TLSv1.2', honorCipherOrder: true };
}
