import { readFile } from 'node:fs/promises';
import { projectRoot } from '../../unit/support/markdown.ts';

/** A panel of the dashboard as Grafana reads it. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: unknown }[];
}

/** The dashboard that is shipped, as text and as its panels. */
export async function readDashboard(): Promise<{ readonly text: string; readonly panels: readonly DashboardPanel[] }> {
  const text = await readFile(new URL('charts/external-issuer/files/monitoring/dashboard.json', projectRoot), 'utf8');
  const { panels } = JSON.parse(text) as { readonly panels: readonly DashboardPanel[] };
  return { text, panels };
}

/** A query with the variables of Grafana as it would fill them in: all issuers. */
export function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$issuer', '.*');
}
