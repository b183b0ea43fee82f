import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeVersion, type NodePackage } from './architectures.ts';
import { mustRun } from './must-run.ts';
import type { TarEntry } from './tar.ts';

/**
 * Node.js from its npm package: the binary as the project built it, and its license with those of what is compiled into it. Not
 * stripped: that would save 18 MB on disk and nothing of the download, and its hash could no longer be compared.
 * @param folder an empty folder to work in.
 * @throws where it cannot be downloaded, or is not the one whose hash is known.
 */
export async function nodeFiles({ name, integrity }: NodePackage, folder: string): Promise<readonly TarEntry[]> {
  const packed = `${name}@${nodeVersion}`;
  await mustRun('npm', ['pack', packed, '--ignore-scripts', `--pack-destination=${folder}`], folder);
  const archive = join(folder, `${name}-${nodeVersion}.tgz`);
  const hash = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (hash !== integrity) {
    throw new Error(
      `${packed} of the registry is not the one in scripts/image/architectures.ts: ${hash} instead of ${integrity}`,
    );
  }
  await mustRun('tar', ['--extract', `--file=${archive}`, 'package/bin/node', 'package/LICENSE'], folder);
  return [
    { path: 'usr/local/bin/node', data: await readFile(join(folder, 'package/bin/node')), mode: 0o755 },
    { path: 'usr/share/doc/nodejs/LICENSE', data: await readFile(join(folder, 'package/LICENSE')) },
  ];
}
