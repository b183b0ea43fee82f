import { replaceFile, replaceFiles } from '../../lib/atomic-file.ts';
import { messageOf } from '../../lib/errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { commandFailure } from '../deps.ts';
import type { CsrFiles } from './files.ts';
import { readChain } from './get-facts.ts';
import type { ClientIdentity } from './identity.ts';
import { swapCredentials } from './kubeconfig-edit.ts';
import { readKubeconfig } from './kubeconfig-place.ts';

/**
 * Puts a new identity in the place of an old one: in the kubeconfigs that show it, each in one write, then in its own two files.
 * @returns the users that were changed, as `user (file)`, and the kubeconfigs that cannot be read, with why.
 */
export async function swapIdentity(
  old: ClientIdentity,
  fresh: ClientIdentity,
  files: CsrFiles,
  kubeconfigs: readonly string[],
): Promise<{ readonly changed: readonly string[]; readonly unread: readonly string[] }> {
  const changed: string[] = [];
  const unread: string[] = [];
  try {
    for (const file of kubeconfigs) {
      const text = await readKubeconfig(file);
      if (text === '') continue;
      const swapped = swapCredentials(text, (certPem) => isSameCertificate(certPem, old), fresh);
      if (!swapped.ok) unread.push(`${file}: ${swapped.error}`);
      if (!swapped.ok || swapped.value.users.length === 0) continue;
      await replaceFile({ file, text: swapped.value.text, mode: 0o600 });
      changed.push(...swapped.value.users.map((user) => `${oneLine(user, 200)} (${file})`));
    }
    await replaceFiles([
      { file: files.key, text: fresh.keyPem, mode: 0o600 },
      { file: files.certificate, text: fresh.certPem, mode: 0o644 },
    ]);
  } catch (cause) {
    throw commandFailure(`the new certificate is there, but could not be put in place: ${messageOf(cause)}; run it again`, {
      cause,
    });
  }
  return { changed, unread };
}

function isSameCertificate(certPem: string, { certificate }: ClientIdentity): boolean {
  const chain = readChain(certPem);
  return chain.ok && Buffer.from(chain.value[0].der).equals(certificate.der);
}
