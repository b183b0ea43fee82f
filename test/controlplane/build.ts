import { rmSync } from 'node:fs';
import { access, copyFile, mkdir, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './build-lock.ts';
import type { HarnessEnvironment } from './environment.ts';
import { buildFlags, checkGo, goEnvironment, goLines, type GoCommand } from './go.ts';
import { partNames } from './parts.ts';
import { createProcessGroup, type ProcessGroup } from './processes.ts';
import { createProgress, type Progress, type ProgressStream } from './progress.ts';
import { readSources } from './sources.ts';

/** A built control plane: a folder with a program for each part, `kubectl`, and cert-manager's CRDs in `crds`. */
export interface BuiltControlPlane {
  readonly folder: string;
  readonly kubectl: string;
  readonly crds: string;
}

const buildsKept = 3;

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The dependencies that Go still has to compile; fetches the modules that are missing. */
async function packagesToCompile(go: GoCommand, flags: string[], progress: Progress): Promise<Set<string>> {
  progress.at('fetching Go modules');
  let fetched = 0;
  const lines = await goLines(
    go,
    ['list', '-deps', ...flags, '-f', '{{if .Stale}}stale {{.ImportPath}}{{end}}', '.'],
    (line) => {
      if (line.startsWith('go: downloading ')) progress.at(`fetching Go modules: ${++fetched}`);
      return line.startsWith('stale ');
    },
  );
  // Dependencies come first: the last is the program itself, whose turn is the linking.
  return new Set(lines.slice(0, -1).map((line) => line.slice('stale '.length)));
}

async function compile(go: GoCommand, binary: string, progress: Progress): Promise<void> {
  const flags = buildFlags(go.sources.kubernetesVersion);
  const wanted = await packagesToCompile(go, flags, progress);
  let compiled = 0;
  const at = () => progress.at(compiled < wanted.size ? `compiling: ${compiled} of ${wanted.size} packages` : 'linking');
  at();
  await goLines(go, ['build', '-v', ...flags, '-o', binary, '.'], (line) => {
    if (wanted.has(line)) compiled++;
    at();
    return false;
  });
}

async function copyCrds(go: GoCommand, to: string): Promise<void> {
  const module = 'github.com/cert-manager/cert-manager';
  const [folder] = await goLines(go, ['list', '-m', '-f', 'folder {{.Dir}}', module], (line) => line.startsWith('folder '));
  const from = join((folder ?? '').slice('folder '.length), 'deploy', 'crds');
  await mkdir(to);
  for (const name of await readdir(from)) if (name.endsWith('.yaml')) await copyFile(join(from, name), join(to, name));
}

/** Removes all but the newest builds, of about 140 MB each, and what builds that were killed have left. */
async function removeOldBuilds(builds: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(builds)).map(async (name) => ({ name, age: Date.now() - (await stat(join(builds, name))).mtimeMs })),
  );
  const old = dated.filter(({ name }) => /^[0-9a-f]+$/.test(name)).toSorted((a, b) => a.age - b.age);
  const left = dated.filter(({ name, age }) => name.includes('.staging-') && age > 3_600_000);
  for (const { name } of [...old.slice(buildsKept), ...left]) await rm(join(builds, name), { recursive: true, force: true });
}

async function buildInto(folder: string, go: GoCommand, progress: Progress): Promise<void> {
  const staging = `${folder}.staging-${process.pid}`;
  const forget = go.group.onExit(() => rmSync(staging, { recursive: true, force: true, maxRetries: 5 }));
  try {
    await mkdir(staging, { recursive: true });
    await compile(go, join(staging, 'controlplane'), progress);
    await copyCrds(go, join(staging, 'crds'));
    // The program looks at the name it is called by; so the parts have their own names in a list of processes.
    for (const name of [...partNames, 'kubectl']) await symlink('controlplane', join(staging, name));
    await rename(staging, folder);
  } finally {
    forget();
    await rm(staging, { recursive: true, force: true });
  }
}

async function buildLocked(folder: string, environment: HarnessEnvironment, stream: ProgressStream, group: ProcessGroup) {
  const sources = await readSources(import.meta.dirname);
  const go: GoCommand = { sources, env: goEnvironment(environment.variables), group };
  await checkGo(go);
  const versions = `Kubernetes ${sources.kubernetesVersion}, cert-manager ${sources.certManagerVersion}`;
  stream.write(`control plane: building ${versions}; only once; it takes minutes and 4 GB of Go's cache\n`);
  const progress = createProgress(stream, 'control plane');
  try {
    await buildInto(folder, go, progress);
    progress.end(`built ${folder}`);
  } catch (error) {
    progress.end('not built');
    throw error;
  }
  await removeOldBuilds(join(folder, '..'));
}

/**
 * Finds the control plane built from these sources in the cache, or builds it there, with progress on `stream`. Of
 * several callers one builds and the others wait.
 * @throws CodedError with a BuildErrorCode.
 */
export async function buildControlPlane(environment: HarnessEnvironment, stream: ProgressStream): Promise<BuiltControlPlane> {
  const { hash } = await readSources(import.meta.dirname);
  const folder = join(environment.cacheFolder, 'controlplane', hash);
  if (!(await exists(folder))) {
    const group = createProcessGroup();
    const waiting = () => void stream.write(`control plane: another process is building it, waiting (${folder}.lock)\n`);
    try {
      await withLock(`${folder}.lock`, group, waiting, async () => {
        if (!(await exists(folder))) await buildLocked(folder, environment, stream, group);
      });
    } finally {
      group.close();
    }
  }
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined); // Marks it as used, where the cache is ours to write.
  return { folder, kubectl: join(folder, 'kubectl'), crds: join(folder, 'crds') };
}
