import { rmSync } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from './build-lock.ts';
import { createProcessGroup, type ProcessGroup } from './processes.ts';
import { createProgress, type Progress, type ProgressStream } from './progress.ts';

/** What a build works with. */
export interface BuildTools {
  /** An empty folder, which becomes the cached one when the build has succeeded. */
  readonly staging: string;
  readonly group: ProcessGroup;
  readonly progress: Progress;
}

/** A folder of the cache and how it is made. */
export interface CachedBuild {
  /** Its last part is a hash, in hexadecimal, of all that decides what is built; its siblings are older builds. */
  readonly folder: string;
  /** Begins each line of progress. */
  readonly label: string;
  /** Checks that it can be built, and says in words what is; a reader sees it before the build. */
  announce(group: ProcessGroup): Promise<string>;
  build(tools: BuildTools): Promise<void>;
}

const buildsKept = 3;

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Removes all but the newest builds and what builds that were killed have left. */
async function removeOldBuilds(builds: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(builds)).map(async (name) => ({ name, age: Date.now() - (await stat(join(builds, name))).mtimeMs })),
  );
  const old = dated.filter(({ name }) => /^[0-9a-f]+$/.test(name)).toSorted((a, b) => a.age - b.age);
  const left = dated.filter(({ name, age }) => name.includes('.staging-') && age > 3_600_000);
  for (const { name } of [...old.slice(buildsKept), ...left]) await rm(join(builds, name), { recursive: true, force: true });
}

async function buildInto({ folder, build }: CachedBuild, group: ProcessGroup, progress: Progress): Promise<void> {
  const staging = `${folder}.staging-${process.pid}`;
  const forget = group.onExit(() => rmSync(staging, { recursive: true, force: true, maxRetries: 5 }));
  try {
    await mkdir(staging, { recursive: true });
    await build({ staging, group, progress });
    await rename(staging, folder);
  } finally {
    forget();
    await rm(staging, { recursive: true, force: true });
  }
}

async function buildLocked(wanted: CachedBuild, stream: ProgressStream, group: ProcessGroup): Promise<void> {
  const { folder, label } = wanted;
  stream.write(`${label}: ${await wanted.announce(group)}\n`);
  const progress = createProgress(stream, label);
  try {
    await buildInto(wanted, group, progress);
    progress.end(`built ${folder}`);
  } catch (error) {
    progress.end('not built');
    throw error;
  }
  await removeOldBuilds(dirname(folder));
}

/**
 * Finds what was built in the cache, or builds it there, with progress on `stream`. Of several callers one builds and the
 * others wait. The three newest builds beside it stay.
 * @throws what `announce` and `build` throw.
 */
export async function cachedBuild(wanted: CachedBuild, stream: ProgressStream): Promise<void> {
  const { folder, label } = wanted;
  if (!(await exists(folder))) {
    const group = createProcessGroup();
    const waiting = () => void stream.write(`${label}: another process is building it, waiting (${folder}.lock)\n`);
    try {
      await withLock(`${folder}.lock`, group, waiting, async () => {
        if (!(await exists(folder))) await buildLocked(wanted, stream, group);
      });
    } finally {
      group.close();
    }
  }
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined); // Marks it as used, where the cache is ours to write.
}
