import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, messageOf } from '../../src/lib/errors.ts';
import { cachedBuild } from '../controlplane/build-cache.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run, type RunResult } from '../controlplane/run.ts';

/** Why packages are not to be had here; the message says what is missing. */
export type PackageErrorCode = 'PackageToolsMissing' | 'PackageNotFound';

/** Packages of Debian or a relative of it, and how messages call what is in them. */
export interface DebianPackages {
  /** A word for the folder in the cache. */
  readonly label: string;
  /** All that is needed, dependencies that the system may lack included. */
  readonly names: readonly string[];
}

/** Runs a command. */
type Tool = (command: string, args: readonly string[]) => Promise<RunResult>;

/**
 * The folder that packages are unpacked in, as if it were `/`: from the cache, else downloaded into it. Nothing is installed, and no
 * root is needed.
 * @throws {CodedError} with a PackageErrorCode.
 */
export async function debianPackages(
  { label, names }: DebianPackages,
  environment: HarnessEnvironment,
  stream: ProgressStream,
): Promise<string> {
  const hash = createHash('sha256')
    .update(`${process.platform} ${process.arch} ${names.join(' ')}`)
    .digest('hex');
  const folder = join(environment.cacheFolder, 'tools', label, hash.slice(0, 16));
  await cachedBuild(
    {
      folder,
      label,
      announce: async () => `downloading ${names.join(', ')} of Debian; only once`,
      async build({ staging, progress }) {
        progress.at('downloading');
        const work = join(staging, '.work');
        await mkdir(work);
        const tool = toolsIn(label, work, environment.variables);
        await download(label, names, work, tool);
        progress.at('unpacking');
        for (const name of await readdir(work)) {
          if (!name.endsWith('.deb')) continue;
          const unpacked = await tool('dpkg-deb', ['-x', join(work, name), staging]);
          if (unpacked.code !== 0) throw new Error(`dpkg-deb could not unpack ${name}: ${unpacked.stderr.trim()}`);
        }
        await rm(work, { recursive: true });
      },
    },
    stream,
  );
  return folder;
}

function toolsIn(label: string, cwd: string, variables: NodeJS.ProcessEnv): Tool {
  return async (command, args) => {
    try {
      return await run(command, args, { cwd, env: { ...variables, LC_ALL: 'C' }, timeoutMs: 600_000 });
    } catch (cause) {
      const message = `${label} comes from packages of Debian: ${command} cannot be run (${messageOf(cause)}); test on such a system`;
      throw new CodedError<PackageErrorCode>('PackageToolsMissing', message, { cause });
    }
  };
}

/** Downloads the packages; with lists of our own where the system's are missing or old, so that no root is needed. */
async function download(label: string, names: readonly string[], folder: string, tool: Tool): Promise<void> {
  const options = ['-o', 'APT::Sandbox::User='];
  const first = await tool('apt-get', [...options, 'download', ...names]);
  if (first.code === 0) return;
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')];
  await Promise.all([mkdir(join(lists, 'partial'), { recursive: true }), mkdir(cache)]);
  options.push('-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`);
  const update = await tool('apt-get', [...options, 'update']);
  const second = await tool('apt-get', [...options, 'download', ...names]);
  if (second.code === 0) return;
  const said = [first, update, second].map(({ stderr }) => stderr.trim().slice(0, 500)).join('\n');
  throw new CodedError<PackageErrorCode>(
    'PackageNotFound',
    `${label} comes from ${names.join(', ')} of Debian, which apt-get cannot download: see its sources and the network. It said:\n${said}`,
  );
}
