import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles the controller and its CLI: external-issuer.mjs, and in chunks beside it what is imported only when it is needed, each
 * with a source map. What no issuer of a cluster needs is then not even loaded, which saves 5 MB at rest. Not minified: that
 * saves no memory, and stack traces stay readable without the maps.
 * @param folder an absolute path; what else is in it stays.
 * @returns what was put together of what, all paths from the root of the project.
 */
export async function bundleProgram(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { 'external-issuer': 'src/main.ts' },
    outdir: folder,
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
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
  });
  return metafile;
}
