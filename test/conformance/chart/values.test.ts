import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { chartFolder } from '../../../scripts/render/manifests.ts';
import { signerBlocks } from '../../../src/signers/registry.ts';
import { at } from './support/helm.ts';

type Tree = Readonly<Record<string, unknown>>;

async function read(name: string): Promise<string> {
  return await readFile(join(chartFolder, name), 'utf8');
}

/** The paths of the values that have a row in README.md of the chart. */
async function documented(): Promise<readonly string[]> {
  return [...(await read('README.md')).matchAll(/^\| `([A-Za-z.]+)` \|/gm)].map(([, path = '']) => path);
}

/** The paths of the leaves of a schema; a map of anything is a leaf. */
function leavesOf(schema: Tree, prefix = ''): readonly string[] {
  return Object.entries(schema['properties'] as Readonly<Record<string, Tree>>).flatMap(([name, member]) =>
    member['additionalProperties'] === false && member['description'] !== undefined && hasDescriptions(member)
      ? leavesOf(member, `${prefix}${name}.`)
      : [prefix + name],
  );
}

function hasDescriptions(schema: Tree): boolean {
  const properties = Object.values((schema['properties'] as Readonly<Record<string, Tree>> | undefined) ?? {});
  return properties.length > 0 && properties.every(({ description }) => description !== undefined);
}

describe('the values of the chart', () => {
  test('are each in the schema, in the README and in a template, and nothing else is', async () => {
    const values = parse(await read('values.yaml')) as Tree;
    const paths = await documented();
    assert.ok(paths.length > 100);
    const leaves = leavesOf(JSON.parse(await read('values.schema.json')) as Tree).filter((path) => path !== 'global');
    assert.deepEqual(leaves.toSorted(), paths.toSorted());
    const templates: string[] = [];
    for await (const file of glob('templates/**/*', { cwd: chartFolder })) {
      if (/\.(?:yaml|tpl|txt)$/.test(file)) templates.push(await read(file));
    }
    const text = templates.join('\n');
    for (const path of paths) {
      assert.notEqual(at(values, path), undefined, `${path} is not in values.yaml`);
      assert.ok(isUsed(text, path), `${path} is used by no template`);
    }
    const named = [...text.matchAll(/\.Values\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g)].map(([, path = '']) => path);
    for (const path of named) assert.notEqual(at(values, path), undefined, `${path} of a template is not in values.yaml`);
  });

  test('are no more than the signers that there are, without the mock CA', async () => {
    const { signers } = parse(await read('values.yaml')) as { readonly signers: readonly string[] };
    const types = signerBlocks.map(({ type }) => type);
    assert.deepEqual(
      signers.toSorted(),
      types.filter((type) => type !== 'mockca').toSorted(),
      'a new signer belongs into signers of values.yaml',
    );
  });

  test('are of the version that everything has', async () => {
    const { version, appVersion } = parse(await read('Chart.yaml')) as Tree;
    assert.deepEqual([version, appVersion], [packageJson.version, packageJson.version]);
  });
});

/** Whether a template names the value, all of it or from a part on that `with` or a variable has opened. */
function isUsed(text: string, path: string): boolean {
  const words = path.split('.');
  return words.some((_, index) => {
    const opened = words.slice(0, index).join('.');
    const rest = words.slice(index).join('\\.');
    if (index === 0) return new RegExp(`\\.Values\\.${rest}\\b`).test(text);
    return (
      new RegExp(`\\.Values\\.${opened.replaceAll('.', '\\.')}\\b(?!\\.)`).test(text) &&
      new RegExp(`[.$\\w]\\.${rest}\\b|[ (]\\.${rest}\\b`).test(text)
    );
  });
}
