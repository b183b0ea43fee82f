import { createApproverMetrics } from '../../../src/server/approver-metrics.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { metricSources } from '../../unit/support/metric-sources.ts';

/** The labels that Prometheus, or the person who installs it, adds to what is scraped. */
const targetLabels = ['cluster', 'namespace', 'job', 'instance', 'pod'];

/** The series there are, and their labels. */
export const series: ReadonlyMap<string, readonly string[]> = new Map(
  [createMetrics(metricSources()), createApproverMetrics(metricSources())]
    .flatMap(({ registry }) => registry.getMetricsAsArray())
    .flatMap((metric) => {
      // The types of prom-client leave out what every metric has.
      const { labelNames } = metric as unknown as { readonly labelNames: readonly string[] };
      if (String(metric.type) !== 'histogram') return [[metric.name, labelNames] as const];
      const [sum, count] = [`${metric.name}_sum`, `${metric.name}_count`];
      return [
        [`${metric.name}_bucket`, [...labelNames, 'le']] as const,
        [sum, labelNames] as const,
        [count, labelNames] as const,
      ];
    }),
);

/** What an expression names that does not exist; `used` are labels that are used beside it, in texts about its result. */
export function unknownIn(expr: string, used: readonly string[] = []): readonly string[] {
  const plain = expr.replaceAll(/"[^"]*"/g, '""');
  const names = [...plain.matchAll(/\b(?:external_issuer|process|nodejs)_\w+/g)].map(([name]) => name);
  if (names.length === 0) return ['no metric at all'];
  const unknown = names.filter((name) => !series.has(name));
  const known = new Set([...targetLabels, ...names.flatMap((name) => series.get(name) ?? [])]);
  const matched = [...plain.matchAll(/\b(external_issuer_\w+)\{([^}]*)\}/g)].flatMap(([, name = '', inside = '']) =>
    labelsIn(inside).filter((label) => series.get(name)?.includes(label) !== true),
  );
  const grouped = [...plain.matchAll(/\b(?:by|on|group_left) \(([^)]*)\)/g)].flatMap(([, inside = '']) => labelsIn(inside));
  return [...unknown, ...matched, ...[...grouped, ...used].filter((label) => !known.has(label))];
}

function labelsIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => /^\w*/.exec(part.trim())?.[0] ?? '')
    .filter((label) => label !== '');
}
