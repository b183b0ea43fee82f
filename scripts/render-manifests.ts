// Writes into deploy/ what the chart renders, for who uses no Helm.
import { writeFile } from 'node:fs/promises';
import { readEnvironment } from '../test/controlplane/environment.ts';
import { helmProgram } from '../test/tools/helm.ts';
import { renderManifests } from './render/manifests.ts';

const helm = await helmProgram(4, readEnvironment(), process.stderr);
for (const [name, text] of Object.entries(await renderManifests(helm))) {
  await writeFile(new URL(`../${name}`, import.meta.url), text);
  process.stdout.write(`${name}\n`);
}
