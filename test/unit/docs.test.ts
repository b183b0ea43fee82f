import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createApproverMetrics } from '../../src/server/approver-metrics.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { codeIn, readPage, readPages, rowsOf, sectionOf } from './support/markdown.ts';
import { metricSources } from './support/metric-sources.ts';
import { commandNamed } from './support/program.ts';
import { findAll, sources } from './support/sources.ts';

function sorted(words: Iterable<string>): readonly string[] {
  return [...new Set(words)].toSorted();
}

describe('docs/metrics.md', () => {
  const sourcesOfNothing = metricSources();
  const both = [createMetrics(sourcesOfNothing), createApproverMetrics(sourcesOfNothing)];
  const metrics = both.flatMap(({ registry }) => registry.getMetricsAsArray());
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  const own = [...byName.values()].filter(({ name }) => name.startsWith('external_issuer_'));

  test('has a row for each metric and no other, with its type and labels', async () => {
    const rows = rowsOf(await readPage('docs/metrics.md')).filter(([name = '']) => name.startsWith('`external_issuer_'));
    const documented = rows.map(([name = '', type = '', labels = '']) => `${codeIn(name)[0]} ${type} ${codeIn(labels).join()}`);
    // The types of prom-client leave out what every metric has.
    const labelsOf = (metric: object): string => (metric as { labelNames: string[] }).labelNames.join();
    const actual = own.map((metric) => `${metric.name} ${metric.type} ${labelsOf(metric)}`);
    assert.deepEqual(sorted(documented), sorted(actual));
    assert.equal(documented.length, actual.length, 'one row each');
  });

  test('and every other page name only metrics that exist', async () => {
    const series = own.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    );
    for (const { name, text } of await readPages()) {
      for (const [word] of text.matchAll(/\bexternal_issuer_[a-z_]*[a-z]\b/g)) {
        assert.ok(series.includes(word), `${name} names the metric ${word}, which does not exist`);
      }
    }
  });
});

describe('the flags', () => {
  for (const [command, name] of [
    ['controller', 'docs/controller.md'],
    ['approver', 'docs/approval.md'],
    ['mockca', 'docs/mockca-server.md'],
  ] as const) {
    test(`of ${command} are those in the tables of ${name}`, async () => {
      const cells = rowsOf(await readPage(name)).map(([first = '']) => first);
      const documented = cells.flatMap((cell) => codeIn(cell)).filter((code) => code.startsWith('--'));
      const flags = commandNamed(command).options.map(({ long }) => long ?? '');
      assert.deepEqual(sorted(documented.map((flag) => flag.replace(/=.*/, ''))), sorted(flags));
    });
  }

  test('of controller have the defaults that docs/controller.md says', async () => {
    const rows = new Map(rowsOf(await readPage('docs/controller.md')).map(([flag = '', value = '']) => [flag, value]));
    for (const { long, defaultValue } of commandNamed('controller').options) {
      if (defaultValue !== undefined) assert.equal(rows.get(`\`${long}\``), `\`${String(defaultValue)}\``, long);
    }
  });

  test('have the variables that docs/controller.md names', async () => {
    const { text } = await readPage('docs/controller.md');
    const variables = commandNamed('controller').options.map((option) => option.name().replaceAll('-', '_').toUpperCase());
    const named = [...text.matchAll(/\bEXTERNAL_ISSUER_([A-Z_]*[A-Z])\b/g)].map(([, variable = '']) => variable);
    assert.ok(named.length > 0);
    for (const variable of named) assert.ok(variables.includes(variable), variable);
  });
});

describe('docs/mockca-server.md', () => {
  test('has a row for each code that the server answers, and no other', async () => {
    const found = findAll(await sources('src/mockca/*.ts'), /'([A-Z]+(?:_[A-Z]+)+|UNAUTHORIZED)'/g);
    const rows = rowsOf(sectionOf(await readPage('docs/mockca-server.md'), '### Errors'));
    assert.deepEqual(sorted(rows.map(([, code = '']) => code.replaceAll('`', ''))), sorted(found.keys()));
  });
});
