import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import { type AuthorityParameters, type CertificateAuthority, createAuthority } from '../signers/mock-ca/authority.ts';
import { loadAuthority } from '../signers/mock-ca/load.ts';

/** A CA that is kept in files, and whether it was made just now. */
export interface KeptAuthority {
  readonly authority: CertificateAuthority;
  readonly made: boolean;
}

const waitMs = 100;
const mostWaits = 100;

/**
 * The CA in a folder: `tls.crt` and `tls.key` (PEM, mode 0600), the names of a Secret of type kubernetes.io/tls. Made of
 * `parameters` where neither is there, by one of several processes that find the folder empty at the same time.
 * @throws {CodedError} `CAUnusable`: the message names the file.
 */
export async function authorityInFolder(folder: string, parameters: AuthorityParameters, clock: Clock): Promise<KeptAuthority> {
  const certificateFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let waits = 0; ; waits++) {
      const [certificatePem, keyPem] = await Promise.all([readIfThere(certificateFile), readIfThere(keyFile)]);
      if (certificatePem !== undefined && keyPem !== undefined) {
        const loaded = loadAuthority({ certificatePem, keyPem }, { clock });
        if (loaded.ok) return { authority: loaded.value, made: false };
        throw unusable(`${loaded.error.file === 'key' ? keyFile : certificateFile}: ${loaded.error.message}`);
      }
      if (certificatePem === undefined && keyPem === undefined) {
        const authority = await createAuthority(parameters, { clock });
        if (await store(authority, certificateFile, keyFile)) return { authority, made: true };
      }
      // Only one is there: another process may be about to write the other.
      if (waits === mostWaits || (certificatePem !== undefined && waits > 0)) {
        const [there, missing] = keyPem === undefined ? [certificateFile, keyFile] : [keyFile, certificateFile];
        throw unusable(
          `${there} is there without ${missing}; put the missing file back, or remove the other to have a new CA made`,
        );
      }
      await clock.sleep(waitMs);
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unusable(`the CA cannot be kept in ${folder}: ${messageOf(error)}`, error);
  }
}

/** Whoever creates the key file makes the CA; the certificate appears, whole, after the key is. */
async function store(authority: CertificateAuthority, certificateFile: string, keyFile: string): Promise<boolean> {
  if (!(await createFile(keyFile, authority.exportKeyPem()))) return false;
  const draft = `${certificateFile}.new`;
  await rm(draft, { force: true });
  await createFile(draft, authority.certificatePem);
  await rename(draft, certificateFile);
  return true;
}

async function createFile(file: string, text: string): Promise<boolean> {
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function unusable(message: string, cause?: unknown): CodedError<'CAUnusable'> {
  return new CodedError('CAUnusable', message, { cause });
}
