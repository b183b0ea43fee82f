import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { CodedError } from '../../src/lib/errors.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run } from '../controlplane/run.ts';
import { debianPackages } from '../tools/debian-packages.ts';
import type { Program } from './programs.ts';

/**
 * Finds CFSSL 1.2.0 of 2016 in the cache, or unpacks Debian's package there; nothing is installed. Go's module proxy has no
 * version of it before 1.6, so on other systems there is none.
 * @throws CodedError with a PackageErrorCode, or `PackageUnsuitable` where the system's is another version.
 */
export async function oldCfssl(environment: HarnessEnvironment, stream: ProgressStream): Promise<Program> {
  const folder = await debianPackages({ label: 'cfssl-1.2', names: ['golang-cfssl', 'libsqlite3-0'] }, environment, stream);
  const libraries = join(folder, 'usr', 'lib');
  const architectures = await readdir(libraries);
  const program: Program = {
    command: join(folder, 'usr', 'bin', 'cfssl'),
    env: { LD_LIBRARY_PATH: architectures.map((name) => join(libraries, name)).join(':') },
  };
  const { stdout, stderr } = await run(program.command, ['version'], { env: program.env });
  if (/^Version: 1\.2\./m.test(stdout)) return program;
  throw new CodedError(
    'PackageUnsuitable',
    `CFSSL 1.2 comes from the package golang-cfssl of Debian and its relatives; that of this system is another version or does not run: ${(stdout + stderr).trim().slice(0, 300)}`,
  );
}
