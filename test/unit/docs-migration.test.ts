import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, describe, test } from 'node:test';
import { runProgram } from '../../src/cli/program.ts';
import { runSignWithIssuer } from '../../src/cli/sign-issuer.ts';
import { makeFolder, outcomeOf } from './cli/support/cli.ts';
import { makeCsr } from './mockca/support/csrs.ts';
import { codeIn, projectRoot, readPage, rowsOf, sectionOf } from './support/markdown.ts';
import { commandNamed } from './support/program.ts';
import { testSigners } from './support/signers.ts';
import { selfSigned } from './signers/ca/support/fake-holder.ts';

const page = await readPage('docs/migration.md');
const manifests = fileURLToPath(new URL('test/migration/', projectRoot));
const files = readdirSync(manifests).toSorted();

const folder = makeFolder();
after(folder.remove);
const csr = folder.write('tls.csr', makeCsr('/C=US/O=Example/CN=a.example', ['DNS:a.example', 'DNS:b.example']).pem);

/** A manifest as a user has it; the credentials that a file must not hold are made here. */
function manifestOf(name: string): string {
  const text = readFileSync(join(manifests, name), 'utf8');
  if (!text.includes('CLIENT-KEY')) return text;
  const { certificatePem, keyPem } = selfSigned();
  return text.replace('CLIENT-CERTIFICATE', JSON.stringify(certificatePem)).replace('CLIENT-KEY', JSON.stringify(keyPem));
}

/** What `external-issuer sign -f FILE --dry-run` shows of it, or the problems, each without file and line. */
async function verdictOn(name: string): Promise<{ readonly shown: string } | { readonly problems: readonly string[] }> {
  const file = folder.write(name, manifestOf(name));
  const flags = { file: [file], clusterResourceNamespace: 'external-issuer-system', verbose: false };
  const trial = { csr, duration: '90d', isCa: false, output: 'pem', dryRun: true, timeout: '5m', name: 'trial' };
  const signers = testSigners();
  const { stdout, stderr, error } = await outcomeOf(
    async (deps) => await runSignWithIssuer({ ...flags, ...trial }, signers, deps),
  );
  if (error === undefined) return { shown: stdout + stderr };
  const lines = error.replace(/^Failed: /, '').split('\nerror: ');
  return { problems: lines.map((line) => line.replaceAll(file, 'FILE').replace(/^FILE(?:, line \d+)?: /, '')) };
}

describe('docs/migration.md says of each old manifest what becomes of it', () => {
  const rows = new Map(
    rowsOf(sectionOf(page, '## Each manifest')).flatMap(([what = '', verdict = '', says = '']) => {
      const [, name] = /\(\.\.\/test\/migration\/([^)]+)\)/.exec(what) ?? [];
      return name === undefined ? [] : [[name, { verdict, says }] as const];
    }),
  );

  test('and leaves none out', () => assert.deepEqual([...rows.keys()].toSorted(), files));

  for (const name of files) {
    test(name, async () => {
      const { verdict, says } = rows.get(name) ?? assert.fail(`${name} has no row`);
      const found = await verdictOn(name);
      if ('problems' in found) {
        assert.equal(verdict, 'refused', found.problems.join('\n'));
        assert.deepEqual(codeIn(says), found.problems);
      } else {
        assert.equal(verdict, 'accepted');
        const pieces = codeIn(says);
        assert.ok(pieces.length > 0, 'the row shows what is sent');
        for (const piece of pieces) assert.ok(found.shown.includes(piece), `${piece}\n${found.shown}`);
      }
    });
  }
});

describe('docs/migration.md says of each old flag what becomes of it', () => {
  const rows = rowsOf(sectionOf(page, '## Each flag')).map(([flag = '', verdict = '', says = '']) => ({
    flag: codeIn(flag)[0] ?? '',
    verdict,
    says: codeIn(says),
  }));

  test('of the controller and of the mock CA server', () => assert.ok(rows.length >= 16, String(rows.length)));

  for (const { flag, verdict, says } of rows) {
    test(flag, async () => {
      const args = flag.split(' ').slice(1);
      const [command = '', option = ''] = args;
      if (verdict === 'accepted') {
        const known = commandNamed(command).options.map(({ long }) => long);
        assert.ok(known.includes(option.split('=')[0]), `${command} has no ${option}`);
        return;
      }
      assert.equal(verdict, 'refused');
      const codes: number[] = [];
      const { stderr } = await outcomeOf(
        async (deps) => await runProgram(args, { ...deps, setExitCode: (code) => void codes.push(code) }),
      );
      assert.deepEqual(codes, [2]);
      const lines = stderr.trimEnd().split('\n');
      assert.deepEqual(
        says,
        lines.filter((line) => line !== '(add --help to see what is possible)'),
      );
    });
  }
});
