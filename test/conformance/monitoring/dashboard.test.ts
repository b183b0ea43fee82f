import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { filledIn, readDashboard } from './dashboard-queries.ts';
import { series, unknownIn } from './expressions.ts';
import { findPromtool, type Promtool } from './promtool.ts';

const { text, panels } = await readDashboard();
const targets = panels.flatMap(({ title, targets: all = [] }) => all.map((target) => ({ title, ...target })));
const queries = targets.map(({ expr }) => filledIn(expr));
const promtool = await findPromtool();

describe('the dashboard', () => {
  for (const [index, { title, legendFormat }] of targets.entries()) {
    test(`${title} (${legendFormat}) asks for metrics and labels that exist`, () => {
      const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      assert.deepEqual(unknownIn(queries[index] ?? '', used), []);
      assert.doesNotMatch(queries[index] ?? '', /\$/);
    });
  }

  test('shows every metric of this project', () => {
    const shown = queries.join(' ');
    const hidden = [...series.keys()].filter((name) => name.startsWith('external_issuer_') && !shown.includes(name));
    // Sums and counts are not asked for where the buckets are.
    assert.deepEqual(
      hidden.filter((name) => !/_(sum|count)$/.test(name)),
      [],
    );
  });

  test('has panels with ids of their own that lie beside each other, each explained', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { type, title, description = '' } of panels) assert.ok(type === 'row' || description !== '', title);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length, 'no two panels overlap');
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  });

  test('names no server, and takes the data source that is chosen', () => {
    assert.doesNotMatch(text, /https?:/);
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const { datasource } of [...panels.filter(({ type }) => type !== 'row'), ...targets])
      assert.deepEqual(datasource, chosen);
  });

  test('asks in PromQL', { skip: typeof promtool === 'string' ? promtool : false }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    const rules = queries.map((expr, index) => ({ record: `panel:${index}`, expr }));
    await writeFile(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'panels', rules }] }));
    const { code, stderr } = await (promtool as Promtool)(['check', 'rules', join(folder, 'rules.yaml')]);
    await rm(folder, { recursive: true });
    assert.equal(code, 0, stderr);
  });
});
