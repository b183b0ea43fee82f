// Checks the chart and packs it into dist/, where a registry for charts or a release takes it from.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../test/controlplane/environment.ts';
import { run } from '../test/controlplane/run.ts';
import { helmProgram } from '../test/tools/helm.ts';
import { chartFolder } from './render/manifests.ts';

const helm = await helmProgram(4, readEnvironment(), process.stderr);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
await mkdir(dist, { recursive: true });
for (const args of [
  ['lint', '--strict', '--quiet', chartFolder],
  ['package', chartFolder, '--destination', dist],
]) {
  const { stdout, stderr, code } = await run(helm, args, { env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' } });
  if (code === 0) {
    process.stdout.write(stdout);
    continue;
  }
  process.stderr.write(`helm ${args[0]} failed:\n${stdout}${stderr}`);
  process.exitCode = 1;
  break;
}
