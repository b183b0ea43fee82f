import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, messageOf } from '../../src/lib/errors.ts';
import { cachedBuild } from '../controlplane/build-cache.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run, type RunResult } from '../controlplane/run.ts';
import type { Program } from './programs.ts';

/** Why CFSSL 1.2 is not to be had here; the message says what is missing. */
export type PackageErrorCode = 'PackageToolsMissing' | 'PackageNotFound' | 'PackageUnsuitable';

const packages = ['golang-cfssl', 'libsqlite3-0'];
const needs = 'CFSSL 1.2 comes from the package golang-cfssl of Debian and its relatives';

/** Runs a command in `cwd`. */
type Tool = (command: string, args: readonly string[]) => Promise<RunResult>;

function toolsIn(cwd: string, variables: NodeJS.ProcessEnv): Tool {
  return async (command, args) => {
    try {
      return await run(command, args, { cwd, env: { ...variables, LC_ALL: 'C' } });
    } catch (cause) {
      const message = `${needs}: ${command} cannot be run (${messageOf(cause)}); test on such a system`;
      throw new CodedError<PackageErrorCode>('PackageToolsMissing', message, { cause });
    }
  };
}

/** Downloads the packages; with lists of our own where the system's are missing or old, so that no root is needed. */
async function download(folder: string, tool: Tool): Promise<void> {
  const options = ['-o', 'APT::Sandbox::User='];
  const first = await tool('apt-get', [...options, 'download', ...packages]);
  if (first.code === 0) return;
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')];
  await Promise.all([mkdir(join(lists, 'partial'), { recursive: true }), mkdir(cache)]);
  options.push('-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`);
  const update = await tool('apt-get', [...options, 'update']);
  const second = await tool('apt-get', [...options, 'download', ...packages]);
  if (second.code === 0) return;
  const said = [first, update, second].map(({ stderr }) => stderr.trim().slice(0, 500)).join('\n');
  throw new CodedError<PackageErrorCode>(
    'PackageNotFound',
    `${needs}, which apt-get cannot download: see its sources and the network. It said:\n${said}`,
  );
}

/** Takes the program and the library it needs out of the packages in `from`. */
async function unpack(from: string, to: string, tool: Tool): Promise<void> {
  for (const name of await readdir(from)) {
    if (!name.endsWith('.deb')) continue;
    const unpacked = await tool('dpkg-deb', ['-x', join(from, name), from]);
    if (unpacked.code !== 0) throw new Error(`dpkg-deb could not unpack ${name}: ${unpacked.stderr.trim()}`);
  }
  await rename(join(from, 'usr', 'bin', 'cfssl'), join(to, 'cfssl'));
  const libraries = join(from, 'usr', 'lib');
  const [architecture = ''] = await readdir(libraries);
  await rename(join(libraries, architecture), join(to, 'lib'));
}

function programIn(folder: string): Program {
  return { command: join(folder, 'cfssl'), env: { LD_LIBRARY_PATH: join(folder, 'lib') } };
}

async function checkVersion({ command, env }: Program): Promise<void> {
  const { stdout, stderr } = await run(command, ['version'], { env });
  if (/^Version: 1\.2\./m.test(stdout)) return;
  throw new CodedError<PackageErrorCode>(
    'PackageUnsuitable',
    `${needs}; that of this system is another version or does not run: ${(stdout + stderr).trim().slice(0, 300)}`,
  );
}

/**
 * Finds CFSSL 1.2.0 of 2016 in the cache, or unpacks Debian's package there; nothing is installed. Go's module proxy has no
 * version of it before 1.6, so on other systems there is none.
 * @throws CodedError with a PackageErrorCode.
 */
export async function oldCfssl(environment: HarnessEnvironment, stream: ProgressStream): Promise<Program> {
  const hash = createHash('sha256')
    .update(`${process.platform} ${process.arch} ${packages.join(' ')}`)
    .digest('hex');
  const folder = join(environment.cacheFolder, 'cas', 'cfssl-1.2', hash.slice(0, 16));
  await cachedBuild(
    {
      folder,
      label: 'cfssl 1.2',
      announce: async () => `downloading ${packages.join(' and ')}; only once`,
      async build({ staging, progress }) {
        progress.at('downloading');
        const work = join(staging, 'work');
        await mkdir(work);
        const tool = toolsIn(work, environment.variables);
        await download(work, tool);
        await unpack(work, staging, tool);
        await rm(work, { recursive: true });
        await checkVersion(programIn(staging));
      },
    },
    stream,
  );
  return programIn(folder);
}
