import { X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { decodePem } from '../../src/x509/pem.ts';
import { mustKubectl, type Kubectl } from './kubectl.ts';

/** Longer than the minute after which the API server looks at its files even where no notice of the change reached it. */
const timeoutMs = 90_000;

/** SHA-256 fingerprints of the certificates in a PEM text. @throws where it is none. */
function fingerprints(pem: string): ReadonlySet<string> {
  const blocks = decodePem(pem);
  if (!blocks.ok) throw new Error(`the client CA is no PEM: ${blocks.error.message}`);
  if (blocks.value.length === 0) throw new Error('the client CA is no PEM: it has no block');
  return new Set(blocks.value.map(({ der }) => new X509Certificate(der).fingerprint256));
}

/** Resolves when the API server says that it takes clients of these CAs. */
async function untilTrusted(kubectl: Kubectl, wanted: ReadonlySet<string>): Promise<void> {
  const authentication = ['configmap', 'extension-apiserver-authentication', '--namespace=kube-system'];
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const shown = await mustKubectl(kubectl, ['get', ...authentication, '--output=jsonpath={.data.client-ca-file}']);
    const trusted = fingerprints(shown);
    if ([...wanted].every((one) => trusted.has(one))) return;
    if (performance.now() > deadline) throw new Error(`the API server did not take the client CA within ${timeoutMs / 1000} s`);
    await delay(100);
  }
}

/**
 * Gives what makes the API server take the clients of further CAs: it adds them to the file of `--client-ca-file`, which the
 * API server reads again when it changes, and resolves when that is in force. Calls take their turns.
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 */
export function createClientCaTrust(file: string, kubectl: Kubectl): (pem: string) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const trust = async (pem: string): Promise<void> => {
    const added = fingerprints(pem);
    const next = `${file}.next`;
    await writeFile(next, `${(await readFile(file, 'utf8')).trimEnd()}\n${pem.trim()}\n`);
    // Never seen half written: one certificate that cannot be read makes the API server refuse the whole file.
    await rename(next, file);
    await untilTrusted(kubectl, added);
  };
  return async (pem) => {
    const turn = last.then(async () => await trust(pem));
    last = turn.catch(() => undefined);
    await turn;
  };
}
