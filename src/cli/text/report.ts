import type { TextSink } from '../deps.ts';
import { renderStructured, type StructuredFormat } from './structured.ts';

/** How a command says what it did: in words, or for programs. */
export type ReportFormat = 'text' | StructuredFormat;

/** Tells what came of a command on standard output. @param text with its newline. */
export function report(sink: TextSink, format: ReportFormat, result: Readonly<Record<string, unknown>>, text: string): void {
  sink.write(format === 'text' ? text : renderStructured(result, format));
}
