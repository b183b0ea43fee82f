import assert from 'node:assert/strict';
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { imageArchive, type ImageParts } from '../../../scripts/image/oci-archive.ts';
import { isWanted } from '../../../scripts/image/system-files.ts';
import { tarOf } from '../../../scripts/image/tar.ts';
import { run } from '../../controlplane/run.ts';

const seconds = 1_700_000_000;

async function unpack(archive: Buffer, context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-archive-'));
  context.after(async () => await rm(folder, { recursive: true }));
  await writeFile(join(folder, 'archive'), archive);
  const { code, stderr } = await run('tar', ['-xf', 'archive'], { cwd: folder });
  assert.equal(code, 0, stderr);
  return folder;
}

describe('an archive', () => {
  const entries = [
    { path: 'b/c/program', data: Buffer.alloc(1000, 'x'), mode: 0o755 },
    { path: 'a', link: 'b/c' },
    { path: 'b/empty', data: Buffer.alloc(0) },
  ];

  test('is unpacked by tar to what it was made of', async (context) => {
    const folder = await unpack(tarOf(entries, seconds), context);
    assert.deepEqual(await readFile(join(folder, 'a/program')), Buffer.alloc(1000, 'x'));
    assert.equal(await readlink(join(folder, 'a')), 'b/c');
    const { mode, mtimeMs } = await stat(join(folder, 'b/c/program'));
    assert.equal(mode & 0o777, 0o755);
    assert.equal(mtimeMs, seconds * 1000);
    assert.equal((await stat(join(folder, 'b/empty'))).size, 0);
  });

  test('is the same however its entries are sorted', () => {
    assert.deepEqual(tarOf(entries, seconds), tarOf(entries.toReversed(), seconds));
  });

  for (const [what, wrong] of [
    ['two entries of one path', [...entries, { path: 'a', data: Buffer.alloc(1) }]],
    ['a path that is too long', [{ path: 'x'.repeat(101), data: Buffer.alloc(1) }]],
    ['a link that is too long', [{ path: 'x', link: 'y'.repeat(101) }]],
  ] as const) {
    test(`with ${what} is refused`, () => assert.throws(() => tarOf(wrong, seconds), /two entries|longer than/));
  }
});

describe('an image', () => {
  const parts: ImageParts = {
    architecture: 'arm64',
    layers: [{ comment: 'all', entries: [{ path: 'program', data: Buffer.from('x') }] }],
    config: { Entrypoint: ['/program'] },
    reference: 'example:1',
    seconds,
  };

  test('has digests that are those of its blobs, from the index down to the layer', async (context) => {
    const { bytes, digest } = await imageArchive(parts);
    const folder = await unpack(bytes, context);
    const json = async (path: string): Promise<Record<string, unknown>> =>
      JSON.parse(await readFile(join(folder, path), 'utf8')) as Record<string, unknown>;
    const blob = async ({ digest: name, size }: { digest: string; size: number }): Promise<string> => {
      const path = `blobs/${name.replace(':', '/')}`;
      const { stdout } = await run('sha256sum', [path], { cwd: folder });
      assert.equal(`sha256:${stdout.split(' ')[0]}`, name);
      assert.equal((await stat(join(folder, path))).size, size);
      return path;
    };
    const { manifests } = (await json('index.json')) as { manifests: [{ digest: string; size: number; platform: unknown }] };
    assert.equal(manifests[0].digest, digest);
    assert.deepEqual(manifests[0].platform, { os: 'linux', architecture: 'arm64' });
    const manifest = (await json(await blob(manifests[0]))) as {
      config: { digest: string; size: number };
      layers: [{ digest: string; size: number }];
    };
    const config = await json(await blob(manifest.config));
    const { stdout } = await run('sh', ['-c', `gunzip < ${await blob(manifest.layers[0])} | sha256sum`], { cwd: folder });
    assert.deepEqual(config['rootfs'], { type: 'layers', diff_ids: [`sha256:${stdout.split(' ')[0]}`] });
    assert.deepEqual(config['config'], parts.config);
    assert.equal(config['architecture'], 'arm64');
  });

  test('is the same when it is made again, and another one of another time', async () => {
    assert.deepEqual(await imageArchive(parts), await imageArchive(parts));
    assert.notEqual((await imageArchive({ ...parts, seconds: 1 })).digest, (await imageArchive(parts)).digest);
  });
});

describe('of the packages of Debian the image', () => {
  const architecture = { libraryFolder: 'x86_64-linux-gnu' };
  for (const path of [
    'lib/x86_64-linux-gnu/libc.so.6',
    'usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30',
    'lib64/ld-linux-x86-64.so.2',
    'usr/lib64/ld-linux-x86-64.so.2',
    'lib/ld-linux-aarch64.so.1',
    'usr/lib/os-release',
    'usr/share/doc/libc6/copyright',
  ]) {
    test(`has ${path}`, () => assert.ok(isWanted(path, architecture)));
  }
  for (const path of [
    'usr/sbin/update-ca-certificates',
    'bin/sh',
    'usr/lib/x86_64-linux-gnu/gconv/UTF-7.so',
    'lib/x86_64-linux-gnu/libthread_db.so.1',
    'lib/aarch64-linux-gnu/libc.so.6',
    'etc/profile.d/x.sh',
    'usr/share/doc/libc6/changelog.gz',
  ]) {
    test(`has not ${path}`, () => assert.ok(!isWanted(path, architecture)));
  }
});
