import { hash } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import { type AuthorityParameters, type CertificateAuthority, createAuthority } from '../signers/mock-ca/authority.ts';
import { loadAuthority } from '../signers/mock-ca/load.ts';

const certificateName = 'tls.crt';
const keyName = 'tls.key';

/** A CA that is kept in files, and whether it was made just now. */
export interface KeptAuthority {
  readonly authority: CertificateAuthority;
  readonly made: boolean;
}

/**
 * The CA in a folder: `tls.crt` and `tls.key` (PEM, mode 0600), the names of a Secret of type kubernetes.io/tls. Made of
 * `parameters` where neither is there, by one of several processes that find the folder empty at the same time; what a process
 * that was killed had begun, the next one ends.
 * @throws {CodedError} `CAUnusable`: the message names the file.
 */
export async function authorityInFolder(
  folder: string,
  parameters: AuthorityParameters,
  clock: Pick<Clock, 'now'>,
): Promise<KeptAuthority> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = await readKept(folder, clock);
    if (kept !== undefined) return { authority: kept, made: false };
    const authority = await createAuthority(parameters, { clock });
    if (await store(authority, folder)) return { authority, made: true };
    const others = await readKept(folder, clock);
    if (others !== undefined) return { authority: others, made: false };
    throw unusable(`${join(folder, certificateName)} was made by another process and removed at once; try again`);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unusable(`the CA cannot be kept in ${folder}: ${messageOf(error)}`, error);
  }
}

async function readKept(folder: string, clock: Pick<Clock, 'now'>): Promise<CertificateAuthority | undefined> {
  const certificateFile = join(folder, certificateName);
  const keyFile = join(folder, keyName);
  // The key appears last: where it was there, the certificate is.
  let keyPem = await readIfThere(keyFile);
  const certificatePem = await readIfThere(certificateFile);
  if (keyPem === undefined && certificatePem !== undefined) {
    await renameIfThere(keyDraft(folder, certificatePem), keyFile);
    keyPem = await readIfThere(keyFile);
  }
  if (keyPem === undefined && certificatePem === undefined) return undefined;
  if (keyPem === undefined || certificatePem === undefined) {
    const [there, missing] = keyPem === undefined ? [certificateFile, keyFile] : [keyFile, certificateFile];
    throw unusable(
      `${there} is there without ${missing}; put the missing file back, or remove the other to have a new CA made`,
    );
  }
  const loaded = loadAuthority({ certificatePem, keyPem }, { clock });
  if (loaded.ok) return loaded.value;
  throw unusable(`${loaded.error.file === 'key' ? keyFile : certificateFile}: ${loaded.error.message}`);
}

/**
 * Whoever makes `tls.crt` makes the CA. Both files are written whole under other names first, and that of the key says which
 * certificate it belongs to: whoever finds the certificate alone can put the key beside it.
 */
async function store(authority: CertificateAuthority, folder: string): Promise<boolean> {
  const { certificatePem } = authority;
  const drafts = {
    key: keyDraft(folder, certificatePem),
    certificate: join(folder, `${certificateName}.${idOf(certificatePem)}`),
  };
  await createFile(drafts.key, authority.exportKeyPem());
  await createFile(drafts.certificate, certificatePem);
  const isFirst = await linkIfFree(drafts.certificate, join(folder, certificateName));
  await rm(drafts.certificate);
  if (isFirst) await renameIfThere(drafts.key, join(folder, keyName));
  else await rm(drafts.key);
  return isFirst;
}

function keyDraft(folder: string, certificatePem: string): string {
  return join(folder, `${keyName}.${idOf(certificatePem)}`);
}

function idOf(certificatePem: string): string {
  return hash('sha256', certificatePem).slice(0, 16);
}

async function createFile(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

/** Gives a file a second name, unless there is one of that name already: then false. */
async function linkIfFree(file: string, name: string): Promise<boolean> {
  return (await unless('EEXIST', async () => link(file, name).then(() => true))) ?? false;
}

async function renameIfThere(file: string, name: string): Promise<void> {
  await unless('ENOENT', async () => rename(file, name));
}

async function readIfThere(file: string): Promise<string | undefined> {
  return unless('ENOENT', async () => readFile(file, 'utf8'));
}

/** Undefined where the work fails with that code. */
async function unless<T>(code: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return undefined;
    throw error;
  }
}

function unusable(message: string, cause?: unknown): CodedError<'CAUnusable'> {
  return new CodedError('CAUnusable', message, { cause });
}
