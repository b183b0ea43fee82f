import pino from 'pino';
import { printable } from './printable.ts';

/** A logger of pino's. */
export type Logger = pino.Logger;

/** The levels a user may choose. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** How events are written: a line of JSON each, or a line for people. */
export type LogFormat = 'json' | 'text';

/** A logger that writes a line an event to `sink`, with the time in RFC 3339 and the level by name. */
export function createLogger(
  settings: { readonly level: (typeof logLevels)[number]; readonly format: LogFormat },
  sink: { write(text: string): unknown },
): Logger {
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void sink.write(settings.format === 'json' ? line : textLine(line)) },
  );
}

interface Event extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
}

/** `2026-11-02T10:00:00.000Z INFO  listening addr=127.0.0.1:8080`: values that are no plain words stay in JSON. */
function textLine(line: string): string {
  const { level, time, msg = '', ...rest } = JSON.parse(line) as Event;
  const fields = Object.entries(rest).map(
    ([key, value]) =>
      ` ${key}=${typeof value === 'string' && /^[\w.:/@*=+,[\]-]+$/.test(value) ? value : JSON.stringify(value)}`,
  );
  return `${printable(`${time} ${level.toUpperCase().padEnd(5)} ${msg}${fields.join('')}`)}\n`;
}
