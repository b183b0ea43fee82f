import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { chartFolder } from '../../../scripts/render/manifests.ts';
import { blocksOf, readPages } from '../../unit/support/markdown.ts';
import { at, template, type Values } from './support/helm.ts';

async function defaults(): Promise<Values> {
  return parse(await readFile(join(chartFolder, 'values.yaml'), 'utf8')) as Values;
}

/** Whether that is values for the chart: a map of nothing but values of the chart. */
function isValues(value: unknown, known: Values): value is Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key in known);
}

describe('the values in the documentation', () => {
  test('are taken by the chart', async () => {
    const known = await defaults();
    const found: string[] = [];
    for (const page of await readPages()) {
      for (const { text } of blocksOf(page, 'yaml')) {
        const values = parseAllDocuments(text).map((document) => document.toJS() as unknown);
        for (const value of values.filter((each) => isValues(each, known))) {
          const { code, stderr } = await template(value);
          assert.equal(code, 0, `${page.name}: ${stderr}\n${text}`);
          found.push(page.name);
        }
      }
    }
    assert.ok(found.filter((name) => name === 'docs/installation.md').length >= 9, found.join());
  });

  test('that a command sets are there', async () => {
    const known = await defaults();
    const paths = (await readPages()).flatMap(({ name, text }) =>
      [...text.matchAll(/--set(?:-string|-json)?[ =]["']?([a-z][A-Za-z.[\]0-9]*)=/g)].map(([, path = '']) => ({ name, path })),
    );
    assert.ok(paths.length > 2);
    for (const { name, path } of paths) {
      // What is in a list is checked where it is set.
      assert.notEqual(at(known, path.replace(/\[.*/, '')), undefined, `${name}: --set ${path}`);
    }
  });
});
