import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Architecture } from './architectures.ts';
import type { DebianPackage } from './debian-packages.ts';
import type { TarEntry } from './tar.ts';

const libraries = /^(?:ld-linux[^/]*|lib(?:c|dl|m|pthread|resolv|rt|nss_dns|nss_files|gcc_s|stdc\+\+)\.so(?:\.\d+)*)$/;
const certificates = 'usr/share/ca-certificates/mozilla';

/** The user that containers of the image run as. */
export const nonRoot = 65532;

/** Whether a file of Debian, by its path below `/`, belongs in the image. */
export function isWanted(path: string, { libraryFolder }: Pick<Architecture, 'libraryFolder'>): boolean {
  const [, folder, name = ''] = /^(?:usr\/)?(lib(?:64)?(?:\/[^/]+-linux-gnu)?)\/([^/]+)$/.exec(path) ?? [];
  if (folder !== undefined && ['lib', 'lib64', `lib/${libraryFolder}`].includes(folder)) {
    return libraries.test(name) || name === 'os-release';
  }
  return path.startsWith('usr/share/common-licenses/') || /^usr\/share\/doc\/[^/]+\/copyright$/.test(path);
}

/**
 * What a process finds below `/`: libraries, the certificates of public CAs, one user, and for scanners which Debian this is and which
 * packages its files are of. `lib` and `lib64` are links, as in every Debian of today.
 */
export async function systemFiles(
  architecture: Architecture,
  packages: readonly DebianPackage[],
): Promise<readonly TarEntry[]> {
  const entries = new Map<string, TarEntry>();
  const text = (path: string, data: string, mode = 0o644): void =>
    void entries.set(path, { path, data: Buffer.from(data), mode });
  for (const { name, control, folder } of packages) {
    for (const path of await filesIn(folder)) {
      if (!isWanted(path, architecture)) continue;
      const merged = path.replace(/^lib/, 'usr/lib');
      entries.set(merged, await entryOf(join(folder, path), merged, folder));
    }
    text(`var/lib/dpkg/status.d/${name}`, `${control.trimEnd()}\nStatus: install ok installed\n`);
  }
  text('etc/ssl/certs/ca-certificates.crt', await bundledCertificates(packages));
  text('etc/passwd', `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${nonRoot}:${nonRoot}:nonroot:/tmp:/sbin/nologin\n`);
  text('etc/group', `root:x:0:\nnonroot:x:${nonRoot}:\n`);
  text('etc/nsswitch.conf', 'hosts: files dns\n');
  for (const [path, link] of [
    ['etc/os-release', '../usr/lib/os-release'],
    ['lib', 'usr/lib'],
    ['lib64', 'usr/lib64'],
  ] as const) {
    entries.set(path, { path, link });
  }
  return [...entries.values()].filter(({ path }) => architecture.name === 'amd64' || path !== 'lib64');
}

/** The release of Debian, for the names of packages in an SBOM: `12`. */
export async function debianRelease(packages: readonly DebianPackage[]): Promise<string> {
  const folder = packages.find(({ name }) => name === 'base-files')?.folder ?? '';
  const release = /^VERSION_ID="?([^"\n]+)"?$/m.exec(await readFile(join(folder, 'usr/lib/os-release'), 'utf8'))?.[1];
  if (release === undefined) throw new Error('base-files has no VERSION_ID in usr/lib/os-release');
  return release;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

async function entryOf(file: string, path: string, root: string): Promise<TarEntry> {
  const link = await readlink(file).catch(() => undefined);
  if (link !== undefined) return { path, link };
  if (!(await realpath(file)).startsWith(await realpath(root))) throw new Error(`${path} of a package leads out of it`);
  return { path, data: await readFile(file), mode: ((await stat(file)).mode & 0o111) === 0 ? 0o644 : 0o755 };
}

async function bundledCertificates(packages: readonly DebianPackage[]): Promise<string> {
  const folder = join(packages.find(({ name }) => name === 'ca-certificates')?.folder ?? '', certificates);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.crt')).toSorted();
  const texts = await Promise.all(files.map(async (name) => await readFile(join(folder, name), 'utf8')));
  return texts.map((text) => `${text.trim()}\n`).join('');
}
