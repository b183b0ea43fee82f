import { format } from 'oxfmt';
import type { Panel, Row } from './panel.ts';
import { cas, overview, requests } from './signing-rows.ts';
import { apiServer, issuers, processes, queues } from './system-rows.ts';

/** The rows from top to bottom. */
const rows: readonly Row[] = [overview, issuers, requests, cas, queues, apiServer, processes];

const columns = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana imports it; it names no server, and asks for the data source. */
export async function dashboardJson(): Promise<string> {
  const { code } = await format('dashboard.json', JSON.stringify(dashboard()), { printWidth: 128 });
  return code;
}

function dashboard(): object {
  return {
    uid: 'external-issuer',
    title: 'External PKI Issuer',
    description: 'Certificates by issuers of external-issuer.io: requests, CAs, queues and processes.',
    tags: ['cert-manager', 'pki'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [datasourceVariable, issuerVariable] },
    annotations: { list: [] },
    panels: layOut(rows),
  };
}

const datasourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0 };

const issuerQuery = 'label_values(external_issuer_issuer_ready, issuer_name)';
const issuerVariable = {
  name: 'issuer',
  label: 'Issuer',
  type: 'query',
  datasource,
  query: { query: issuerQuery, refId: 'issuer' },
  definition: issuerQuery,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
};

/** Puts panels side by side until 24 columns are full, each row under its heading. */
function layOut(all: readonly Row[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of all) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      if (x + panel.width > columns) [x, y, height] = [0, y + height, 0];
      const h = panel.type === 'stat' ? 4 : 8;
      placed.push({ id: placed.length + 1, ...panelJson(panel), gridPos: { x, y, w: panel.width, h } });
      [x, height] = [x + panel.width, Math.max(height, h)];
    }
    y += height;
  }
  return placed;
}

function panelJson({ title, description, type, unit, queries, limits }: Panel): object {
  const instant = type !== 'timeseries';
  return {
    type,
    title,
    description,
    datasource,
    fieldConfig: {
      defaults: { unit, ...(type === 'timeseries' ? { min: 0 } : {}), thresholds: thresholdsOf(limits) },
      overrides: [],
    },
    options: optionsOf(type),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      instant,
      range: !instant,
      ...(type === 'table' ? { format: 'table' } : {}),
    })),
    ...(type === 'table' ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
  };
}

function optionsOf(type: Panel['type']): object {
  if (type === 'stat')
    return { colorMode: 'background', graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'], values: false } };
  if (type === 'table') return { showHeader: true, cellHeight: 'sm' };
  return { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } };
}

function thresholdsOf(limits: Panel['limits']): object {
  const [good, warn, bad] = ['green', 'yellow', 'red'];
  if (limits === undefined) return { mode: 'absolute', steps: [{ color: good, value: null }] };
  const low = { color: bad, value: null };
  const steps =
    limits.warn > limits.bad
      ? [low, { color: good, value: limits.warn }]
      : [
          { color: good, value: null },
          { color: warn, value: limits.warn },
          { color: bad, value: limits.bad },
        ];
  return { mode: 'absolute', steps };
}
