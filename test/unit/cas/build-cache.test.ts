import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cachedBuild } from '../../controlplane/build-cache.ts';

const root = await mkdtemp(join(tmpdir(), 'external-issuer-build-cache-'));
after(async () => await rm(root, { recursive: true, force: true }));

/** Builds a file `program` into a folder, counts how often, and keeps what was shown. */
function builder(builds: string): {
  readonly shown: string[];
  readonly built: () => number;
  build(hash: string, fail?: boolean): Promise<void>;
} {
  const shown: string[] = [];
  let count = 0;
  return {
    shown,
    built: () => count,
    build: async (hash, fail = false) =>
      await cachedBuild(
        {
          folder: join(builds, hash),
          label: 'tool',
          announce: async () => 'building it',
          async build({ staging }) {
            count++;
            await writeFile(join(staging, 'program'), hash);
            await delay(50);
            if (fail) throw new Error('it does not compile');
          },
        },
        { write: (text) => shown.push(text) },
      ),
  };
}

test('of several callers one builds and the others wait', async () => {
  const builds = join(root, 'once');
  const { build, built, shown } = builder(builds);
  await Promise.all([build('aa'), build('aa'), build('aa')]);
  await build('aa');
  assert.equal(built(), 1);
  assert.equal(await readFile(join(builds, 'aa', 'program'), 'utf8'), 'aa');
  assert.equal(shown.filter((line) => line === 'tool: building it\n').length, 1);
  assert.match(shown.join(''), /waiting/);
  assert.deepEqual(await readdir(builds), ['aa']);
});

test('a build that fails leaves nothing and is tried again', async () => {
  const builds = join(root, 'failed');
  const { build, built } = builder(builds);
  await assert.rejects(build('bb', true), /does not compile/);
  assert.deepEqual(await readdir(builds), []);
  await build('bb');
  assert.equal(built(), 2);
});

test('the three builds that were used last stay', async () => {
  const builds = join(root, 'kept');
  const { build } = builder(builds);
  for (const [index, hash] of ['a1', 'a2', 'a3'].entries()) {
    await build(hash);
    const used = new Date(Date.now() - (10 - index) * 60_000);
    await utimes(join(builds, hash), used, used);
  }
  await build('a1');
  await build('a4');
  assert.deepEqual((await readdir(builds)).toSorted(), ['a1', 'a3', 'a4']);
});
