/** One query of a panel, in PromQL, and how Grafana calls each series of it. */
export interface Query {
  readonly expr: string;
  /** With labels as `{{issuer_name}}`. */
  readonly legend: string;
}

/** A panel of the dashboard, without what is the same in all. */
export interface Panel {
  readonly title: string;
  /** What it means, and what to make of it. */
  readonly description: string;
  readonly type: 'timeseries' | 'stat' | 'table';
  readonly unit: 'short' | 's' | 'reqps' | 'bytes' | 'percentunit' | 'dateTimeFromNow' | 'bool_yes_no';
  /** Of 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  readonly queries: readonly Query[];
  /** From which value on it is yellow and red; a falling order colours what lies below. */
  readonly limits?: { readonly warn: number; readonly bad: number };
}

/** A row of panels under a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Chooses the issuers of the variable; a request of no issuer that exists has empty labels, and is chosen by "All". */
export const chosen = 'issuer_name=~"$issuer"';

/** The labels of an issuer, for `by`. */
export const byIssuer = 'issuer_kind, issuer_namespace, issuer_name';

/** An issuer in a legend. */
export const issuerLegend = '{{issuer_kind}} {{issuer_namespace}}/{{issuer_name}}';

/** The rate of a counter, summed up by labels. */
export function rateBy(labels: string, selector: string): string {
  return `sum by (${labels}) (rate(${selector}[$__rate_interval]))`;
}

/** A quantile of a histogram, by labels beside `le`. */
export function quantile(share: number, selector: string, labels = ''): string {
  return `histogram_quantile(${share}, ${rateBy(labels === '' ? 'le' : `le, ${labels}`, selector)})`;
}
