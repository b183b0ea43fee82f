import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { longestFile, timerFiles, violationsOf } from './support/architecture.ts';
import { impuritiesOf, pureFiles } from './support/purity.ts';

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

  test('keeps the pure files pure, and all that they are made of', async () => {
    const files = await typeScriptFilesIn('src/');
    const texts = await Promise.all(files.map(async (file) => await readFile(new URL(`src/${file}`, root), 'utf8')));
    const sources = new Map(files.map((file, index) => [file, texts[index] ?? '']));
    assert.deepEqual(
      pureFiles.flatMap((file) => impuritiesOf(file, sources)),
      [],
    );
  });

  test('names no file as one that sets timers which sets none', async () => {
    for (const file of Object.keys(timerFiles)) {
      assert.match(await readFile(new URL(`src/${file}`, root), 'utf8'), /setTimeout|AbortSignal\.timeout/, file);
    }
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
    { what: 'a timer', file: 'issuing/a.ts', text: 'const a = setTimeout(b, 5);\n', found: /sets a timer/ },
    { what: 'a timer of a signal', file: 'cli/a.ts', text: 'go(AbortSignal.timeout(5));\n', found: /sets a timer/ },
    {
      what: 'a timer by another name',
      file: 'server/a.ts',
      text: `import { setTimeout as delay } from 'node:timers/promises';\n`,
      found: /sets a timer/,
    },
    { what: 'the timer of the clock', file: 'lib/clock.ts', text: 'setTimeout(a, 5);\n', found: undefined },
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

  const impure: readonly (readonly [what: string, text: string, found: RegExp | undefined])[] = [
    ['a file of the disk', `import { readFile } from 'node:fs/promises';\n`, /issuing\/a\.ts: imports node:fs\/promises/],
    ['chance from node', `import { hash, randomBytes } from 'node:crypto';\n`, /imports randomBytes from node:crypto/],
    ['a client', `import { createKubeClient } from '../kube/client.ts';\n`, /kube\/client\.ts: is asynchronous/],
    ['a package', `import { request } from 'undici';\n`, /imports undici/],
    ['the time', 'const a = Date.now();\n', /asks what time it is/],
    ['the time of a new date', 'const a = new Date();\n', /asks what time it is/],
    ['chance', 'const a = Math.random();\n', /asks for chance/],
    ['a wait', 'async function a() {}\n', /is asynchronous/],
    ['nothing but types', `import type { KubeClient } from '../kube/client.ts';\nconst a = new Date(5);\n`, undefined],
    ['a hash', `import { hash, type KeyObject } from 'node:crypto';\n`, undefined],
  ];
  for (const [what, text, found] of impure) {
    test(`${found === undefined ? 'lets' : 'does not let'} a pure file use ${what}`, () => {
      const sources = new Map([
        ['issuing/a.ts', text],
        ['kube/client.ts', 'export async function createKubeClient() {}\n'],
      ]);
      const impurities = impuritiesOf('issuing/a.ts', sources);
      if (found === undefined) assert.deepEqual(impurities, []);
      else assert.match(impurities.join('\n'), found);
    });
  }
});
