import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { architectures, nodeVersion } from '../../../scripts/image/architectures.ts';
import { bundledProgram, type BundledProgram } from '../../../scripts/image/program-files.ts';
import {
  billOfMaterials,
  debianComponents,
  nodeComponent,
  npmComponents,
  type Component,
} from '../../../scripts/image/sbom.ts';
import { readFileSync } from 'node:fs';

describe('the program in the image', () => {
  let program: BundledProgram;
  let components: readonly Component[];

  before(async () => {
    program = await bundledProgram();
    components = npmComponents(program.metafile);
  });

  test('is small enough to read: less than 7.5 MB, not minified, with the licenses of what is in it', () => {
    const sizes = program.files.flatMap((file) => ('data' in file && file.path.endsWith('.mjs') ? [file.data.length] : []));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 3e6 && bytes < 7.5e6, `${bytes} bytes`);
    assert.ok(program.files.every(({ path }) => !path.endsWith('.map')));
    const notices = program.files.find(({ path }) => path === 'app/THIRD_PARTY_NOTICES.txt');
    assert.ok(notices !== undefined && 'data' in notices && notices.data.toString().includes('undici'));
  });

  test('has an SBOM of each package whose code is in it, with version, license and hash, and of no other', () => {
    // From what the bundler has written rather than read: it names the file above each module.
    const text = program.files.map((file) => ('data' in file ? file.data.toString() : '')).join('\n');
    const names = [...text.matchAll(/^\s*\/\/ (?:\S*\/)?node_modules\/((?:@[^/]+\/)?[^/\s]+)\/\S+$/gm)].map(([, name]) => name);
    const listed = new Set(components.map(({ name }) => name));
    assert.deepEqual(
      [...new Set(names)].filter((name) => name !== undefined && !listed.has(name)),
      [],
    );
    for (const name of ['undici', 'zod', 'yaml', '@azure/identity']) assert.ok(listed.has(name), name);
    for (const name of ['esbuild', 'typescript', '@types/node', '@grpc/grpc-js']) assert.ok(!listed.has(name), name);
    for (const { name, version, licenses, purl, hashes } of components) {
      assert.match(version, /^\d+\.\d+\.\d+/, name);
      assert.equal(licenses.length, 1, name);
      assert.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`);
      assert.match(hashes?.[0]?.content ?? '', /^[0-9a-f]{128}$/, name);
    }
  });

  test('and what is below it are components of the image, each once, on which it depends', () => {
    const packages = [
      { name: 'libstdc++6', version: '12.2.0-14+deb12u1', license: 'GPL-3.0-or-later WITH GCC-exception-3.1', sha256: 'ab' },
    ].map((one) => ({ ...one, control: '', folder: '' }));
    const all = [
      ...components,
      ...architectures.map(({ node }) => nodeComponent(node.integrity, node.name)),
      ...debianComponents(packages, 'amd64', '12'),
    ];
    const bill = billOfMaterials('container', all, 0);
    const references = all.map((component) => component['bom-ref']);
    assert.equal(new Set(references).size, references.length);
    assert.deepEqual(bill['dependencies'], [{ ref: 'project', dependsOn: references }]);
    const { component } = bill['metadata'] as { readonly component: { readonly version: string } };
    assert.equal(component.version, packageJson.version);
    assert.equal(all.at(-1)?.purl, 'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12');
    assert.deepEqual(all.at(-1)?.licenses, [{ expression: 'GPL-3.0-or-later WITH GCC-exception-3.1' }]);
  });
});

test('the image has the Node.js that the project is developed with', () => {
  assert.equal(readFileSync(new URL('../../../.node-version', import.meta.url), 'utf8').trim(), nodeVersion);
});

test('the Containerfile starts the program as "make image" does', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const file = read('Containerfile');
  const entrypoint = /^ENTRYPOINT \[(.+)\]$/m.exec(file)?.[1]?.replaceAll('"', "'");
  assert.ok(entrypoint !== undefined && read('scripts/image/make-image.ts').includes(`Entrypoint: [${entrypoint}]`));
  assert.match(file, /^USER 65532:65532$/m);
  assert.match(file, new RegExp(`image\\.version="${packageJson.version.replaceAll('.', '\\.')}"`));
});
