// Bundles the controller and its CLI into one file, dist/external-issuer.mjs, with a source map beside it. Not
// minified: that saves no memory, and stack traces stay readable without the map.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/external-issuer.mjs',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // Packages in CommonJS call require() for Node's own modules, which an ES module does not have.
  banner: { js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);" },
});

for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  if (!file.endsWith('.map')) console.log(`${file}: ${(bytes / 1e6).toFixed(1)} MB`);
}
