import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from './architectures.ts';
import { mustRun } from './must-run.ts';

/** A package of Debian, unpacked. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX; what the copyright file in the package says in full. */
  readonly license: string;
  /** Of the .deb file, in hexadecimal. */
  readonly sha256: string;
  /** Its record in the list of installed packages, which scanners read. */
  readonly control: string;
  /** Where its files are, as if that were `/`. */
  readonly folder: string;
}

const gccRuntime = 'GPL-3.0-or-later WITH GCC-exception-3.1';

/** What Node.js needs of the system, and no more: no shell and no program is in any of these. */
const licenses: readonly (readonly [name: RegExp, license: string])[] = [
  [/^base-files$/, 'GPL-2.0-or-later'],
  [/^ca-certificates$/, 'MPL-2.0 AND GPL-2.0-or-later'],
  [/^gcc-\d+-base$/, gccRuntime],
  [/^libc6$/, 'LGPL-2.1-or-later AND GPL-2.0-or-later'],
  [/^libgcc-s1$/, gccRuntime],
  [/^libstdc\+\+6$/, gccRuntime],
];

const names = ['base-files', 'ca-certificates', 'libc6', 'libgcc-s1', 'libstdc++6'];

/**
 * Downloads and unpacks the packages for an architecture, of the release of Debian of this machine and in its newest versions: an image
 * that is made again has the security fixes of the day. Nothing is installed, no root is needed, apt checks the signatures.
 * @param folder an empty folder to work in.
 * @throws where this is no Debian, or its archive is not reached.
 */
export async function debianPackages({ name: architecture }: Architecture, folder: string): Promise<readonly DebianPackage[]> {
  const [lists, cache, debs] = ['lists', 'cache', 'debs'].map((name) => join(folder, name)) as [string, string, string];
  await Promise.all([join(lists, 'partial'), cache, debs].map(async (path) => await mkdir(path, { recursive: true })));
  const apt = async (...args: readonly string[]): Promise<string> =>
    await mustRun('apt-get', [...aptOptions(architecture, lists, cache), ...args], debs);
  await apt('update');
  await apt('download', ...names);
  // Where the copyright of the other two of GCC is; its name has the version of GCC.
  const base = /\bgcc-\d+-base\b/.exec(await field(debs, await fileOf(debs, 'libgcc-s1'), 'Depends'))?.[0];
  if (base === undefined) throw new Error('libgcc-s1 depends on no gcc-NN-base, which has its copyright');
  await apt('download', base);
  return await Promise.all([...names, base].toSorted().map(async (name) => await unpacked(name, debs, folder)));
}

function aptOptions(architecture: string, lists: string, cache: string): readonly string[] {
  const settings = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    'APT::Sandbox::User=',
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Languages=none',
  ];
  return settings.flatMap((setting) => ['--option', setting]);
}

async function fileOf(debs: string, name: string): Promise<string> {
  const file = (await readdir(debs)).find((path) => path.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get download has left no file of ${name}`);
  return file;
}

async function field(debs: string, file: string, name: string): Promise<string> {
  return (await mustRun('dpkg-deb', ['--field', file, name], debs)).trim();
}

async function unpacked(name: string, debs: string, folder: string): Promise<DebianPackage> {
  const file = await fileOf(debs, name);
  const into = join(folder, 'unpacked', name);
  await mkdir(into, { recursive: true });
  await mustRun('dpkg-deb', ['--extract', file, into], debs);
  const license = licenses.find(([pattern]) => pattern.test(name))?.[1];
  if (license === undefined) throw new Error(`scripts/image/debian-packages.ts has no license of ${name}`);
  const control = await mustRun('dpkg-deb', ['--field', file], debs);
  const sha256 = createHash('sha256')
    .update(await readFile(join(debs, file)))
    .digest('hex');
  return { name, version: await field(debs, file, 'Version'), license, sha256, control, folder: into };
}
