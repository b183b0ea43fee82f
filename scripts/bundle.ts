// Bundles the controller and its CLI into dist/, and says how large the parts are.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './release/bundle-program.ts';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

// The chunks of an earlier bundle have other names where their content was another.
rmSync(`${dist}/chunks`, { recursive: true, force: true });
const metafile = await bundleProgram(dist);

const files = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith('.map'));
for (const [file, { bytes }] of files.toSorted((a, b) => b[1].bytes - a[1].bytes)) {
  console.log(`${file}: ${(bytes / 1e6).toFixed(2)} MB`);
}
