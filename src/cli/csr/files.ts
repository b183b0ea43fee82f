import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { commandFailure } from '../deps.ts';

/** The files of one identity, side by side in a folder: what `csr create` makes and the commands after it go on with. */
export interface CsrFiles {
  /** The private key, PKCS #8 PEM, mode 0600. */
  readonly key: string;
  /** The certificate and its intermediates, PEM. */
  readonly certificate: string;
  /** The CertificateSigningRequest as it was sent, YAML; holds no secret. */
  readonly manifest: string;
}

/** The files of the identity of that name. */
export function csrFiles(folder: string, name: string): CsrFiles {
  return { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.crt`), manifest: join(folder, `${name}.yaml`) };
}

/** The text of a file; undefined where it is not there. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw commandFailure(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
