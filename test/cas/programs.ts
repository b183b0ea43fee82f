import { basename, dirname, join } from 'node:path';
import { cachedBuild } from '../controlplane/build-cache.ts';
import { compile } from '../controlplane/compile.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import { checkGo, goEnvironment } from '../controlplane/go.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { readModule } from '../controlplane/sources.ts';

/** How a program is started. */
export interface Program {
  readonly command: string;
  /** What it needs beside PATH. */
  readonly env: NodeJS.ProcessEnv;
}

/** The programs of real CAs that are built with Go; each has a module of its own beside this file, whose tool it is. */
export type GoProgram = 'step-ca' | 'cfssl';

const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'];

/**
 * Finds a CA's program in the cache, or builds it there, with progress on `stream`: step-ca takes about 4 minutes of CPU and
 * 50 MB, cfssl 1.5 minutes and 15 MB. Of several callers one builds and the others wait.
 * @throws CodedError with a BuildErrorCode.
 */
export async function buildProgram(name: GoProgram, environment: HarnessEnvironment, stream: ProgressStream): Promise<Program> {
  return await buildGoProgram(join(import.meta.dirname, name), environment, stream);
}

/**
 * The same for the Go module in any folder: its tool, or its own program where it names none. The program and its place in the
 * cache have the names of the folder and of the one around it.
 * @throws CodedError with a BuildErrorCode.
 */
export async function buildGoProgram(
  moduleFolder: string,
  environment: HarnessEnvironment,
  stream: ProgressStream,
): Promise<Program> {
  const module = await readModule(moduleFolder);
  const name = basename(moduleFolder);
  const { target, version } = programOf(module.goMod, name);
  const folder = join(environment.cacheFolder, basename(dirname(moduleFolder)), name, module.hash);
  const command = join(folder, name);
  const env = goEnvironment(environment.variables);
  await cachedBuild(
    {
      folder,
      label: name,
      async announce(group) {
        await checkGo({ module, env, group }, name);
        return `building ${version}; only once; it may take minutes`;
      },
      async build({ staging, group, progress }) {
        await compile({ module, env, group }, { target, flags, binary: join(staging, name) }, progress);
      },
    },
    stream,
  );
  return { command, env: {} };
}

/** What is built: the tool of a go.mod, with the version of the module it is in, or the module's own program. */
function programOf(goMod: string, name: string): { readonly target: string; readonly version: string } {
  const tool = /^tool (\S+)$/m.exec(goMod)?.[1];
  if (tool === undefined) return { target: '.', version: `the program of ${/^module (\S+)$/m.exec(goMod)?.[1] ?? name}` };
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)];
  const [, path, version] = required.find(([, module = '']) => tool.startsWith(`${module}/`)) ?? [];
  if (path === undefined) throw new Error(`the go.mod of ${name} names no version of the module of its tool`);
  return { target: tool, version: `${path} ${version ?? ''}` };
}
