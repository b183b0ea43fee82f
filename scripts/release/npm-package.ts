import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.ts';
import { licenseNotices } from './notices.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const parts = fileURLToPath(new URL('npm', import.meta.url));

/** What is taken over from the package.json of the source tree, which is private. */
interface SourcePackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
}

/**
 * Puts the npm package together, the program bundled and without dependencies, and packs it.
 * @param folder where it is put together; what is in it is removed.
 * @param into where the tarball goes.
 * @returns the path of the tarball.
 */
export async function makeNpmPackage(folder: string, into: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  mkdirSync(into, { recursive: true });
  const metafile = await bundleProgram(join(folder, 'lib'));
  // Without the sources the maps are of no use to users, and larger than the program.
  cpSync(parts, folder, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'THIRD_PARTY_NOTICES.txt'), licenseNotices(metafile));
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as SourcePackage;
  const bin = { [name]: `bin/${name}.cjs`, 'kubectl-external_issuer': 'bin/kubectl-external-issuer.cjs' };
  const files = ['bin', 'lib/**/*.mjs', 'THIRD_PARTY_NOTICES.txt'];
  const keywords = ['cert-manager', 'kubernetes', 'pki', 'certificates', 'x509'];
  const manifest = { name, version, description, license, keywords, bin, files, engines };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return pack(folder, into);
}

function pack(folder: string, into: string): string {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--ignore-scripts', `--pack-destination=${into}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack failed:\n${stdout}${stderr}`);
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  if (packed === undefined) throw new Error('npm pack named no file');
  return join(into, packed.filename);
}
