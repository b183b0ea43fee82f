import assert from 'node:assert/strict';
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { createApproverMetrics } from '../../../src/server/approver-metrics.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { alertsFile } from '../../tools/prometheus.ts';
import { anchorsOf, codeIn, projectRoot, readPage, rowsOf, sectionOf } from '../../unit/support/markdown.ts';
import { metricSources } from '../../unit/support/metric-sources.ts';
import { unknownIn } from './expressions.ts';
import { findPromtool, type Promtool } from './promtool.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
}

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
}

const text = await readFile(alertsFile, 'utf8');
const rules = (parse(text) as Rules).groups.flatMap((group) => group.rules);

describe('the alerts', () => {
  for (const { alert, expr, labels, annotations } of rules) {
    test(`${alert} names metrics and labels that exist, and a page that says what to do`, async () => {
      const said = Object.values(annotations).flatMap((words) => [...words.matchAll(/\$labels\.(\w+)/g)]);
      const used = said.map(([, label = '']) => label);
      assert.deepEqual(unknownIn(expr, used), []);
      const grouped = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
      for (const label of used) assert.ok(grouped.includes(label), `${label} is left after "by"`);
      assert.match(labels.severity, /^(critical|warning|info)$/);
      const [page = '', anchor = ''] = annotations.runbook.split('#');
      assert.ok(anchorsOf(await readPage(page)).has(anchor), annotations.runbook);
    });
  }

  test('are those of the table in docs/metrics.md, with their severity and page', async () => {
    const rows = rowsOf(sectionOf(await readPage('docs/metrics.md'), '## Alerts')).filter((row) => row.length === 4);
    const documented = rows.map(([name = '', severity = '', , look = '']) => {
      const target = /\]\(([^)]*)\)/.exec(look)?.[1] ?? '';
      return [codeIn(name)[0] ?? name, severity, target.startsWith('#') ? `metrics.md${target}` : target];
    });
    const actual = rules.map(({ alert, labels, annotations }) => [
      alert,
      labels.severity,
      annotations.runbook.replace('docs/', ''),
    ]);
    assert.deepEqual(documented, actual);
  });

  test('are the same in deploy/monitoring', async () => {
    assert.deepEqual(parse(await readFile(new URL('deploy/monitoring/alerts.yaml', projectRoot), 'utf8')), parse(text));
  });
});

const promtool = await findPromtool();

describe('promtool', { skip: typeof promtool === 'string' ? promtool : false }, () => {
  const tool = promtool as Promtool;
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'alerts-'))));
  after(async () => await rm(folder, { recursive: true }));

  /** Runs the rule tests, all or those in one file, on rules with other expressions; gives whether they pass, and what promtool says. */
  async function tested(expr: string | undefined, pattern = '*'): Promise<{ readonly passed: boolean; readonly said: string }> {
    const changed = rules.map((rule) => (expr === undefined ? rule : { ...rule, expr }));
    await writeFile(join(folder, 'alerts.yaml'), stringify({ groups: [{ name: 'all', rules: changed }] }));
    const files: string[] = [];
    for await (const name of glob(`test/monitoring/${pattern}.yaml`, { cwd: projectRoot })) {
      const file = join(folder, name.replaceAll('/', '-'));
      // As text: what promtool reads as a row of samples, 0x24, is a number to others.
      const tests = await readFile(new URL(name, projectRoot), 'utf8');
      await writeFile(file, tests.replace(/^rule_files: .*$/m, 'rule_files: [alerts.yaml]'));
      files.push(file);
    }
    assert.ok(files.length > 0);
    const { code, stdout, stderr } = await tool(['test', 'rules', ...files]);
    return { passed: code === 0, said: stdout + stderr };
  }

  test('takes the rules', async () => {
    const { code, stdout, stderr } = await tool(['check', 'rules', fileURLToPath(alertsFile)]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`${rules.length} rules found`));
  });

  test('finds each of them to fire when it should, and only then', async () => {
    const { passed, said } = await tested(undefined);
    assert.ok(passed, said);
  });

  test('would notice each that never fires, and each that always does', async () => {
    const [never, always] = [await tested('vector(1) < 0'), await tested('vector(1)', 'leader')];
    assert.deepEqual([never.passed, always.passed], [false, false]);
    for (const { alert } of rules) {
      assert.match(never.said, new RegExp(`exp:.*"?${alert}\\b`, 's'), `${alert} is expected by no test`);
      assert.match(always.said, new RegExp(`\\b${alert}\\b`), `${alert} may fire where nothing is wrong`);
    }
  });

  test('finds nothing odd in the metrics, which keep the conventions for names', async () => {
    for (const { registry } of [createMetrics(metricSources()), createApproverMetrics(metricSources())]) {
      const own = (await registry.metrics()).split('\n').filter((line) => /external_issuer_/.test(line));
      const { code, stdout, stderr } = await tool(['check', 'metrics'], `${own.join('\n')}\n`);
      assert.deepEqual([code, stdout, stderr], [0, '', '']);
    }
  });
});
