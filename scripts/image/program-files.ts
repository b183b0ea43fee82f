import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleProgram } from '../release/bundle-program.ts';
import { licenseNotices } from '../release/notices.ts';
import { projectFolder } from './project.ts';
import type { TarEntry } from './tar.ts';

/** The program for the image and what it was put together of. */
export interface BundledProgram {
  readonly files: readonly TarEntry[];
  readonly metafile: Metafile;
}

/** Bundles the program; without its source maps, which are larger than itself and which nothing in a cluster reads. */
export async function bundledProgram(): Promise<BundledProgram> {
  const folder = join(projectFolder, 'dist', 'image', 'app');
  await rm(folder, { recursive: true, force: true });
  const metafile = await bundleProgram(folder);
  const scripts = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.mjs'))
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(
    scripts.map(async (file) => ({ path: `app/${relative(folder, file)}`, data: await readFile(file) })),
  );
  const license = { path: 'app/LICENSE', data: await readFile(join(projectFolder, 'LICENSE')) };
  const notices = { path: 'app/THIRD_PARTY_NOTICES.txt', data: Buffer.from(licenseNotices(metafile)) };
  await rm(folder, { recursive: true });
  return { files: [...files, license, notices], metafile };
}
