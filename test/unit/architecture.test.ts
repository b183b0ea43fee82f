import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, test } from 'node:test';

/**
 * Which layers each layer of src/ may import, besides itself. `main` and `app` are src/main.ts and src/app.ts; `..` is
 * what lies outside src/, which is package.json for its version.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  x509: ['lib'],
  kube: ['lib'],
  api: ['lib', 'x509', 'kube'],
  signers: ['lib', 'x509', 'api'],
  issuing: ['lib', 'x509', 'kube', 'api', 'signers'],
  mockca: ['lib', 'x509', 'api', 'signers'],
  server: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing'],
  manager: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'server'],
  cli: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'mockca', 'server', 'manager'],
  app: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'mockca', 'server', 'manager', 'cli', '..'],
  main: ['app', 'cli', 'lib'],
};

const processFiles = new Set(['app.ts', 'main.ts']);
const longestFile = 250;

/** The layer of a file whose path is given from src/ on. */
function layerOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

/** The code without its comments and without what stands in quotes, so that neither is taken for code. */
function codeOf(text: string): string {
  return text.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*/g, (found) =>
    /^['"]/.test(found) ? `''` : '',
  );
}

/** The relative imports of a file, static, dynamic and re-exported, as paths from src/ on. */
function importsOf(file: string, text: string): readonly string[] {
  const found = text.matchAll(/(?:^|\n)(?:import|export)\b[^;']*?'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/g);
  return [...found].map(([, fixed, dynamic]) => posix.join(posix.dirname(file), fixed ?? dynamic ?? ''));
}

/** What is wrong with a file of src/; empty where nothing is. */
function violationsOf(file: string, text: string): readonly string[] {
  const violations: string[] = [];
  const layer = layerOf(file);
  const allowed = mayImport[layer];
  if (allowed === undefined) return [`${file}: "${layer}" is not a layer`];
  for (const target of importsOf(file, text)) {
    const targetLayer = layerOf(target);
    if (targetLayer !== layer && !allowed.includes(targetLayer)) {
      violations.push(`${file}: ${layer} must not import ${target}`);
    }
  }
  const code = codeOf(text);
  const touchesProcess = /\bprocess\s*[.[]/.test(code) || /from 'node:process'|import\('node:process'\)/.test(text);
  if (touchesProcess && !processFiles.has(file)) violations.push(`${file}: only src/app.ts and src/main.ts use process`);
  if (/(?:^|\n)export default\b|\bas default\b/.test(code)) violations.push(`${file}: has a default export`);
  const statements = code.split(';').map((statement) => statement.trim());
  const statementsWithMeaning = statements.filter((statement) => statement !== '');
  const reExport = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/;
  if (statementsWithMeaning.length > 0 && statementsWithMeaning.every((statement) => reExport.test(statement))) {
    violations.push(`${file}: only re-exports others (a barrel)`);
  }
  const lines = text.split('\n').length - 1;
  if (lines > longestFile) violations.push(`${file}: has ${lines} lines, more than ${longestFile}`);
  return violations;
}

const root = new URL('../../', import.meta.url);

async function typeScriptFilesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(new URL(folder, root), { recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.endsWith('.ts')).toSorted();
}

describe('the architecture', () => {
  test('holds in every file of src', async () => {
    const files = await typeScriptFilesIn('src/');
    assert.ok(files.length > 20, 'the files of src were found');
    const texts = await Promise.all(files.map((file) => readFile(new URL(`src/${file}`, root), 'utf8')));
    const violations = files.flatMap((file, index) => violationsOf(file, texts[index] ?? ''));
    assert.deepEqual(violations, []);
  });

  test('keeps tests, benchmarks and scripts short too', async () => {
    for (const folder of ['test/', 'bench/', 'scripts/']) {
      const files = await typeScriptFilesIn(folder);
      for (const file of files) {
        const lines = (await readFile(new URL(`${folder}${file}`, root), 'utf8')).split('\n').length - 1;
        assert.ok(lines <= longestFile, `${folder}${file} has ${lines} lines, more than ${longestFile}`);
      }
    }
  });

  const samples: readonly {
    readonly what: string;
    readonly file: string;
    readonly text: string;
    readonly found: RegExp | undefined;
  }[] = [
    {
      what: 'an import upwards',
      file: 'kube/a.ts',
      text: `import { x } from '../api/x.ts';\n`,
      found: /kube must not import api\/x\.ts/,
    },
    {
      what: 'an import of a type upwards',
      file: 'lib/a.ts',
      text: `import type {\n  X,\n} from '../kube/x.ts';\n`,
      found: /lib must not import kube/,
    },
    {
      what: 'a dynamic import upwards',
      file: 'api/a.ts',
      text: `const x = await import('../signers/x.ts');\n`,
      found: /api must not import signers/,
    },
    {
      what: 'an import of a sibling layer',
      file: 'x509/a.ts',
      text: `import { x } from '../kube/x.ts';\n`,
      found: /x509 must not import kube/,
    },
    {
      what: 'an import of the composition root',
      file: 'cli/a.ts',
      text: `import { x } from '../app.ts';\n`,
      found: /cli must not import app\.ts/,
    },
    {
      what: 'a re-export upwards',
      file: 'lib/a.ts',
      text: `const a = 1;\nexport { x } from '../cli/x.ts';\n`,
      found: /lib must not import cli/,
    },
    { what: 'a layer nobody knows', file: 'utils/a.ts', text: '', found: /"utils" is not a layer/ },
    { what: 'the environment', file: 'cli/a.ts', text: `const home = process.env.HOME;\n`, found: /use process/ },
    { what: 'the process module', file: 'lib/a.ts', text: `import { env } from 'node:process';\n`, found: /use process/ },
    { what: 'a default export', file: 'lib/a.ts', text: `export default 1;\n`, found: /default export/ },
    {
      what: 'a barrel',
      file: 'lib/a.ts',
      text: `// all of it\nexport * from './b.ts';\nexport { c } from './c.ts';\n`,
      found: /barrel/,
    },
    { what: 'a file that is too long', file: 'lib/a.ts', text: 'const a = 1;\n'.repeat(251), found: /251 lines/ },
    { what: 'an import downwards', file: 'signers/a/b.ts', text: `import { x } from '../../x509/x.ts';\n`, found: undefined },
    {
      what: 'process named in a comment or a text',
      file: 'lib/a.ts',
      text: `// process.env\nexport const a = 'process.env';\n`,
      found: undefined,
    },
    { what: 'process in the composition root', file: 'app.ts', text: `export const a = process.env;\n`, found: undefined },
  ];
  for (const { what, file, text, found } of samples) {
    test(`${found === undefined ? 'allows' : 'forbids'} ${what}`, () => {
      const violations = violationsOf(file, text);
      if (found === undefined) assert.deepEqual(violations, []);
      else assert.match(violations.join('\n'), found);
    });
  }
});
