import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SignerBlock } from '../../src/api/issuer.ts';
import type { HttpAnswer } from '../../src/signers/network/exchange.ts';
import type { SignOutcome } from '../../src/signers/signer.ts';
import { blocksOf, projectRoot, readPage, rowsOf } from './support/markdown.ts';

type OutcomeOf = (answer: HttpAnswer, now: number) => SignOutcome;

/** The tree, copied, with the code of the page where the page says that it belongs. */
const root = mkdtempSync(join(tmpdir(), 'external-issuer-docs-signer-'));
after(() => rmSync(root, { recursive: true, force: true }));
const page = await readPage('docs/writing-a-signer.md');
const conformanceTest = 'test/conformance/order-ca.test.ts';

const registry = 'src/signers/registry.ts';

function put(place: string, text: string): void {
  mkdirSync(dirname(join(root, place)), { recursive: true });
  writeFileSync(join(root, place), text);
}

/** Imports go before the first import, the line of the table before its first line. */
function registered(text: string, block: string): string {
  const lines = block.split('\n').slice(1);
  const imports = lines.filter((line) => line.startsWith('import '));
  const entry = lines.find((line) => line.startsWith('  { block: ')) ?? assert.fail('the page has the line of the table');
  const first = text.split('\n').find((line) => line.startsWith('  { block: '));
  assert.ok(first !== undefined, 'the registry has a table');
  return `${imports.join('\n')}\n${text.replace(first, () => `${entry}\n${first}`)}`;
}

function node(...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  // Else the runner of the inner test speaks to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

describe('the signer of docs/writing-a-signer.md', () => {
  const places: string[] = [];
  before(() => {
    const notTests = (file: string): boolean => !file.endsWith('.test.ts') && !file.endsWith('/controlplane/controlplane');
    for (const folder of ['src', 'test/conformance', 'test/unit', 'test/e2e/support']) {
      cpSync(fileURLToPath(new URL(folder, projectRoot)), join(root, folder), { recursive: true, filter: notTests });
    }
    for (const file of ['package.json', 'tsconfig.json']) {
      put(file, readFileSync(new URL(file, projectRoot), 'utf8'));
    }
    symlinkSync(fileURLToPath(new URL('node_modules', projectRoot)), join(root, 'node_modules'));
    for (const { text } of blocksOf(page, 'ts')) {
      const [, place = ''] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
      assert.match(place, /^(?:src\/signers|test\/conformance)\//, 'each block says where it belongs');
      put(place, place === registry ? registered(readFileSync(join(root, registry), 'utf8'), text) : text);
      places.push(place);
    }
  });

  test('stands in the files that the page lists', () => {
    const listed = rowsOf(page).flatMap(([file = '']) => /^`(\S+\.ts)`/.exec(file)?.[1] ?? []);
    assert.ok(listed.length > 0);
    assert.deepEqual(places.filter((place) => !place.includes('/support/')).toSorted(), listed.toSorted());
  });

  test('compiles', () => {
    put('tsconfig.page.json', JSON.stringify({ extends: './tsconfig.json', include: [], files: places }));
    const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', projectRoot));
    const { code, output } = node(tsc, '-p', 'tsconfig.page.json');
    assert.equal(code, 0, output);
  });

  test('passes the tests of every signer, with a real CA over HTTPS', () => {
    const { code, output } = node('--test', '--test-reporter=tap', conformanceTest);
    assert.equal(code, 0, output);
    // The suite runs twice, at once and with orders that are polled.
    assert.ok(Number(/^# pass (\d+)$/m.exec(output)?.[1]) >= 30, output);
  });

  test('is in the CRD', async () => {
    const { href } = pathToFileURL(join(root, registry));
    const { signerBlocks } = (await import(href)) as { readonly signerBlocks: readonly SignerBlock[] };
    assert.ok(signerBlocks.some(({ type, block }) => type === 'orderca' && block === 'orderCa'));
  });

  test('sorts answers as the table of the page says', async () => {
    const { href } = pathToFileURL(join(root, 'src/signers/order-ca/answers.ts'));
    const { outcomeOf } = (await import(href)) as { readonly outcomeOf: OutcomeOf };
    const rows = rowsOf(page).filter(([status = '']) => /^\d{3}\b/.test(status));
    assert.ok(rows.length >= 10);
    for (const [what = '', outcome = '', code = ''] of rows) {
      const status = Number(what.slice(0, 3));
      const content = what.includes('without') ? {} : { certificate_chain: 'PEM', request_id: '7', details: 'why' };
      const body = Buffer.from(JSON.stringify(status === 200 ? { ...content, request_id: undefined } : content));
      const answer = { status, headers: new Map([['retry-after', '9']]), body, url: new URL('https://ca.test/sign') };
      const found = outcomeOf(answer, 0);
      const foundCode = 'code' in found ? `\`${found.code}\`` : '';
      assert.deepEqual([`\`${found.outcome}\``, foundCode], [outcome, code], what);
      if (found.outcome === 'pending' || found.outcome === 'retry') assert.equal(found.afterMs, 9000, what);
      if ('message' in found && content.details !== undefined) assert.match(found.message, /: why; \w+/);
    }
  });

  test('does not believe an answer', async () => {
    const { href } = pathToFileURL(join(root, 'src/signers/order-ca/answers.ts'));
    const { outcomeOf } = (await import(href)) as { readonly outcomeOf: OutcomeOf };
    for (const text of ['', '{', '[]', 'null', '{"certificate_chain":7}', '<html>']) {
      const url = new URL('https://ca.test/sign');
      const found = outcomeOf({ status: 200, headers: new Map(), body: Buffer.from(text), url }, 0);
      assert.ok(found.outcome === 'retry' && found.code === 'CAResponseInvalid', text);
    }
  });
});
