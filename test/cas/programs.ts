import { join } from 'node:path';
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
  const module = await readModule(join(import.meta.dirname, name));
  const [, target = '', version = ''] = toolOf(module.goMod, name);
  const folder = join(environment.cacheFolder, 'cas', name, module.hash);
  const command = join(folder, name);
  const env = goEnvironment(environment.variables);
  await cachedBuild(
    {
      folder,
      label: name,
      async announce(group) {
        await checkGo({ module, env, group }, name);
        return `building ${version}; only once; it takes minutes`;
      },
      async build({ staging, group, progress }) {
        await compile({ module, env, group }, { target, flags, binary: join(staging, name) }, progress);
      },
    },
    stream,
  );
  return { command, env: {} };
}

/** The tool of a go.mod and the version of the module it is in. */
function toolOf(goMod: string, name: GoProgram): readonly string[] {
  const tool = /^tool (\S+)$/m.exec(goMod)?.[1] ?? '';
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)];
  const found = required.find(([, path = '']) => tool.startsWith(`${path}/`));
  if (found === undefined) throw new Error(`test/cas/${name}/go.mod names no tool, or no version of its module`);
  return ['', tool, `${found[1] ?? ''} ${found[2] ?? ''}`];
}
