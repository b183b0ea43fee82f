import { styleText } from 'node:util';
import type { TextSink } from '../deps.ts';

/** How words are set off from others; without colours each gives its text back. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

/** The style for what is written to `sink`: colours only on a terminal, and not where NO_COLOR is set (https://no-color.org). */
export function styleFor(sink: TextSink, env: Readonly<Record<string, string | undefined>>): Style {
  const coloured = sink.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const as =
    (format: Format) =>
    (text: string): string =>
      coloured ? styleText(format, text, { validateStream: false }) : text;
  return { bold: as('bold'), dim: as('dim'), good: as('green'), warn: as('yellow'), bad: as('red') };
}
