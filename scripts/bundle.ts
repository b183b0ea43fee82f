// Bundles the controller and its CLI into dist/: external-issuer.mjs, and in chunks beside it what is imported only when it
// is needed, each with a source map. What no issuer of a cluster needs is then not even loaded, which saves 5 MB at rest. Not
// minified: that saves no memory, and stack traces stay readable without the maps.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// The chunks of an earlier bundle have other names where their content was another.
rmSync(`${root}/dist`, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { 'external-issuer': 'src/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
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

const files = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith('.map'));
for (const [file, { bytes }] of files.toSorted((a, b) => b[1].bytes - a[1].bytes)) {
  console.log(`${file}: ${(bytes / 1e6).toFixed(2)} MB`);
}
