import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import type { Clock } from '../../lib/clock.ts';
import { replaceFile } from '../../lib/atomic-file.ts';
import { messageOf } from '../../lib/errors.ts';
import { commandFailure } from '../deps.ts';
import { readIfThere } from './files.ts';
import { renderStructured } from '../text/structured.ts';

/** The files of a renewal that is under way, beside those of its identity. */
export interface RenewalFiles {
  readonly key: string;
  readonly manifest: string;
  readonly certificate: string;
  readonly lock: string;
}

/** A renewal that is under way; `certPem` once it is issued. */
export interface Renewal {
  readonly request: CertificateSigningRequest;
  readonly keyPem: string;
  readonly certPem?: string;
}

/** The files of the renewal of that identity. */
export function renewalFiles(folder: string, name: string): RenewalFiles {
  const file = (suffix: string): string => join(folder, `${name}.renewal.${suffix}`);
  return { key: file('key'), manifest: file('yaml'), certificate: file('crt'), lock: file('lock') };
}

/** Reads the manifest of a request. @throws {CodedError} `Failed`, which names the file */
export function readManifest(text: string, file: string): CertificateSigningRequest {
  try {
    const value = parse(text, { maxAliasCount: 0 }) as Partial<CertificateSigningRequest> | null;
    const { metadata, spec } = value ?? {};
    if (typeof spec?.signerName === 'string' && typeof spec.request === 'string' && typeof metadata?.name === 'string') {
      return { ...value, metadata, spec };
    }
  } catch {
    // What is wrong with it is the same for who reads the message.
  }
  throw commandFailure(`${file} is no CertificateSigningRequest; remove it, and give --signer`);
}

/** The renewal that was begun before; undefined where there is none, or its key is not there. */
export async function readRenewal(files: RenewalFiles): Promise<Renewal | undefined> {
  const [keyPem, manifest, certPem] = await Promise.all([files.key, files.manifest, files.certificate].map(readIfThere));
  if (keyPem === undefined || manifest === undefined) return undefined;
  const request = readManifest(manifest, files.manifest);
  return certPem === undefined ? { request, keyPem } : { request, keyPem, certPem };
}

/** Keeps a renewal before the cluster hears of it: the key first, so that no request is without one. What an earlier one left goes. */
export async function writeRenewal({ request, keyPem }: Renewal, files: RenewalFiles): Promise<void> {
  await removeRenewal(files);
  await replaceFile({ file: files.key, text: keyPem, mode: 0o600 });
  await replaceFile({ file: files.manifest, text: renderStructured(request, 'yaml'), mode: 0o644 });
}

/** Removes what is left of a renewal; the manifest first, without which the others mean nothing. */
export async function removeRenewal({ manifest, key, certificate }: RenewalFiles): Promise<void> {
  for (const file of [manifest, certificate, key]) await rm(file, { force: true });
}

/** After this time without a sign of life a lock is that of a run that was killed, in milliseconds. */
const staleMs = 60_000;
const beatMs = 10_000;

/** Runs `action` while no other run renews the same identity. @throws {CodedError} `Failed` where one does */
export async function withLock<T>(file: string, clock: Pick<Clock, 'now' | 'sleep'>, action: () => Promise<T>): Promise<T> {
  const beat = async (flag: 'w' | 'wx'): Promise<void> => await writeFile(file, `${clock.now()}\n`, { flag });
  const held = Number((await readIfThere(file)) ?? Number.NaN);
  // A time that is ahead is that of a clock which was set since.
  if (Math.abs(clock.now() - held) > staleMs) await rm(file, { force: true });
  try {
    await beat('wx');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) {
      throw commandFailure(`${file} cannot be written: ${messageOf(cause)}`, { cause });
    }
    throw commandFailure(`another run is renewing this identity; if none is, remove ${file} or wait a minute`, { cause });
  }
  const done = new AbortController();
  const beating = keepBeating(async () => await beat('w'), clock, done.signal);
  try {
    return await action();
  } finally {
    done.abort();
    await beating;
    await rm(file, { force: true });
  }
}

/** A lock that cannot be written any more goes stale; the run that holds it ends as it would have. */
async function keepBeating(beat: () => Promise<void>, { sleep }: Pick<Clock, 'sleep'>, done: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await sleep(beatMs, done);
      await beat();
    }
  } catch {
    // Over.
  }
}
