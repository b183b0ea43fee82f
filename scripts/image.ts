// Makes the images of all architectures, or of those that are named, and their SBOMs in dist/image/; with no container engine, no root
// and no image to begin with. With --sbom-only it stops before the images; with --program-only it stops before anything is fetched, and
// leaves in dist/image/app what is then in /app: for the Containerfile.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { architectures } from './image/architectures.ts';
import { imageSystem, makeImage } from './image/make-image.ts';
import { bundledProgram } from './image/program-files.ts';
import { projectFolder } from './image/project.ts';
import { billOfMaterials, npmComponents } from './image/sbom.ts';
import { sourceTime } from './image/source-time.ts';

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('-'));
const known = architectures.map(({ name }) => name).join(' or ');
for (const arg of args) {
  if (['--sbom-only', '--program-only'].includes(arg) || architectures.some(({ name }) => name === arg)) continue;
  console.error(
    `scripts/image.ts: ${arg} is neither --sbom-only nor --program-only nor an architecture, of which there are ${known}`,
  );
  process.exit(1);
}

const folder = join(projectFolder, 'dist', 'image');
const base = join(folder, `external-issuer-${packageJson.version}`);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
await mkdir(folder, { recursive: true });
const seconds = await sourceTime(process.env['SOURCE_DATE_EPOCH']);
const program = await bundledProgram();
const scripts = program.files.flatMap((file) => ('data' in file && file.path.endsWith('.mjs') ? [file.data.length] : []));
console.log(`program: ${megabytes(scripts.reduce((sum, size) => sum + size, 0))} in ${scripts.length} files`);
const programBill = billOfMaterials('application', npmComponents(program.metafile), seconds);
const programSbom = `${JSON.stringify(programBill, null, 2)}\n`;
await writeFile(`${base}.cdx.json`, programSbom);

if (args.includes('--program-only')) {
  const files = program.files.flatMap((file) => ('data' in file ? [[file.path, file.data] as const] : []));
  for (const [path, data] of [...files, ['app/sbom.cdx.json', programSbom] as const]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
}

for (const architecture of args.includes('--program-only') ? [] : architectures) {
  const { name } = architecture;
  if (names.length > 0 && !names.includes(name)) continue;
  const system = await imageSystem(architecture, program, seconds);
  await writeFile(`${base}-${name}.cdx.json`, system.sbom);
  if (args.includes('--sbom-only')) continue;
  const { bytes, digest, unpacked } = await makeImage(architecture, program, system, seconds);
  await writeFile(`${base}-${name}.tar`, bytes);
  console.log(`${name}: ${megabytes(bytes.length)}, ${megabytes(unpacked)} unpacked, ${digest}`);
}
console.log(`in ${folder}`);
