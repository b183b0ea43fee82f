import type { ControllerProcess } from './controller-process.ts';
import { eventually } from './eventually.ts';

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

/** Waits until nothing is left to do; gives how many status writes were refused because the object had changed. */
export async function untilIdle({ metricsUrl }: ControllerProcess): Promise<number> {
  return await eventually('the controller has nothing left to do', async () => {
    const { sum } = await scrape(metricsUrl);
    const left = ['unfinished_requests', 'queue_depth'].map((name) => sum(`external_issuer_${name}`));
    // Where there is no issuer, nothing can be with one; the others are there once a leader has begun.
    left.push(sum('external_issuer_requests_in_flight') ?? 0);
    return left.every((count) => count === 0) && sum('external_issuer_status_writes_total', { result: 'conflict' });
  });
}

function sampleOf(
  line: string,
): readonly { readonly name: string; readonly labels: readonly string[]; readonly value: number }[] {
  const { name = '', labels = '', value = '' } = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups ?? {};
  return name === '' ? [] : [{ name, labels: labels.split(/(?<="),/), value: Number(value) }];
}
