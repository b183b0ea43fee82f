// Gathers in dist/release what a release is made of: chart, install.yaml, npm package, image files, SBOM, notes, checksums, all of
// one version. "make release" has built chart and image before.
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeNpmPackage } from './release/npm-package.ts';
import { namedVersions, releases } from './release/versions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const release = join(dist, 'release');

const named = namedVersions();
const version = named[0]?.version ?? '';
const others = named.filter((each) => each.version !== version);
for (const { place, version: other } of others)
  console.error(`${place} says "${other}", package.json "${version}": docs/releasing.md`);
// What a workflow was started by; not set: no tag yet.
const tag = process.env['RELEASE_TAG'] ?? '';
if (tag !== '' && tag !== `v${version}`) console.error(`the tag is ${tag}, package.json says "${version}": docs/releasing.md`);
if (others.length > 0 || (tag !== '' && tag !== `v${version}`)) process.exit(1);

/** Built before, by the targets named; from dist/. */
const built = [
  { what: 'the chart', target: 'chart', pattern: `external-issuer-${version}.tgz` },
  { what: 'the image files', target: 'image', pattern: `image/external-issuer-${version}-*.tar` },
  { what: 'the SBOMs', target: 'sbom', pattern: `image/external-issuer-${version}*.cdx.json` },
];

rmSync(release, { recursive: true, force: true });
mkdirSync(release, { recursive: true });
for (const { what, target, pattern } of built) {
  const files = globSync(pattern, { cwd: dist });
  if (files.length === 0) {
    console.error(`dist/ has not ${what} (${pattern}): make ${target}`);
    process.exit(1);
  }
  for (const file of files) copyFileSync(join(dist, file), join(release, basename(file)));
}
copyFileSync(join(root, 'deploy', 'install.yaml'), join(release, 'install.yaml'));
// The chart has the name that npm gives its own.
const tarball = await makeNpmPackage(join(dist, 'npm'), join(dist, 'npm-packed'));
renameSync(tarball, join(release, `external-issuer-npm-${version}.tgz`));
const notes = releases(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).find((each) => each.version === version)?.notes ?? '';
writeFileSync(join(release, 'RELEASE-NOTES.md'), `${notes}\n`);

const files = readdirSync(release).toSorted();
const sum = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(release, file)))
    .digest('hex');
writeFileSync(join(release, 'SHA256SUMS'), files.map((file) => `${sum(file)}  ${file}\n`).join(''));
for (const file of [...files, 'SHA256SUMS']) console.log(`dist/release/${file}`);
