import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedBuild } from './build-cache.ts';
import { compile } from './compile.ts';
import type { HarnessEnvironment } from './environment.ts';
import { buildFlags, checkGo, goEnvironment, goLines, type GoCommand } from './go.ts';
import { partNames } from './parts.ts';
import type { ProgressStream } from './progress.ts';
import { readSources } from './sources.ts';

/** A built control plane: a folder with a program for each part, `kubectl`, and cert-manager's CRDs in `crds`. */
export interface BuiltControlPlane {
  readonly folder: string;
  readonly kubectl: string;
  readonly crds: string;
}

async function copyCrds(go: GoCommand, to: string): Promise<void> {
  const module = 'github.com/cert-manager/cert-manager';
  const [folder] = await goLines(go, ['list', '-m', '-f', 'folder {{.Dir}}', module], (line) => line.startsWith('folder '));
  const from = join((folder ?? '').slice('folder '.length), 'deploy', 'crds');
  await mkdir(to);
  for (const name of await readdir(from)) if (name.endsWith('.yaml')) await copyFile(join(from, name), join(to, name));
}

/**
 * Finds the control plane built from these sources in the cache, or builds it there, with progress on `stream`. Of
 * several callers one builds and the others wait.
 * @throws CodedError with a BuildErrorCode.
 */
export async function buildControlPlane(environment: HarnessEnvironment, stream: ProgressStream): Promise<BuiltControlPlane> {
  const sources = await readSources(import.meta.dirname);
  const folder = join(environment.cacheFolder, 'controlplane', sources.hash);
  const env = goEnvironment(environment.variables);
  const instead = 'set EXTERNAL_ISSUER_TEST_KUBECONFIG to the kubeconfig of a cluster that has cert-manager';
  await cachedBuild(
    {
      folder,
      label: 'control plane',
      async announce(group) {
        await checkGo({ module: sources, env, group }, 'the test control plane', instead);
        const versions = `Kubernetes ${sources.kubernetesVersion}, cert-manager ${sources.certManagerVersion}`;
        return `building ${versions}; only once; it takes minutes and 4 GB of Go's cache`;
      },
      async build({ staging, group, progress }) {
        const go: GoCommand = { module: sources, env, group };
        const flags = buildFlags(sources.kubernetesVersion);
        await compile(go, { target: '.', flags, binary: join(staging, 'controlplane') }, progress);
        await copyCrds(go, join(staging, 'crds'));
        // The program looks at the name it is called by; so the parts have their own names in a list of processes.
        for (const name of [...partNames, 'kubectl']) await symlink('controlplane', join(staging, name));
      },
    },
    stream,
  );
  return { folder, kubectl: join(folder, 'kubectl'), crds: join(folder, 'crds') };
}
