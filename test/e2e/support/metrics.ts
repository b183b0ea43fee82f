/** The numbers of one scrape. */
export interface Scrape {
  /** The text as it was served. */
  readonly text: string;
  /** Sum of the samples of that name which have all these labels; undefined where there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** Scrapes a controller, as Prometheus does. */
export async function scrape(metricsUrl: string): Promise<Scrape> {
  const response = await fetch(`${metricsUrl}/metrics`);
  if (!response.ok) throw new Error(`${metricsUrl}/metrics answered ${response.status}`);
  const text = await response.text();
  const samples = text.split('\n').flatMap(sampleOf);
  return {
    text,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const found = samples.filter((sample) => sample.name === name && wanted.every((part) => sample.labels.includes(part)));
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function sampleOf(
  line: string,
): readonly { readonly name: string; readonly labels: readonly string[]; readonly value: number }[] {
  const { name = '', labels = '', value = '' } = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups ?? {};
  return name === '' ? [] : [{ name, labels: labels.split(/(?<="),/), value: Number(value) }];
}
