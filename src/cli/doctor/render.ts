import { printable } from '../../lib/printable.ts';
import type { Finding, Severity } from './finding.ts';

/** How many findings of each severity there are. */
export function countOf(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return { ok: count('ok'), warning: count('warning'), error: count('error') };
}

/** The findings as text for people, in their order, with a last line that sums them up. */
export function renderText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ severity, where, what, fix }) => [
    `${severity.padEnd(8)} ${printable(where)}: ${printable(what)}`,
    ...(fix === undefined ? [] : [`${' '.repeat(9)}fix: ${printable(fix)}`]),
  ]);
  const { error, warning } = countOf(findings);
  const summary = error + warning === 0 ? 'all is well' : `${amount(error, 'error')}, ${amount(warning, 'warning')}`;
  return `${[...lines, '', summary].join('\n')}\n`;
}

/** The findings as JSON: `{ summary, findings }`. */
export function renderJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ summary: countOf(findings), findings }, null, 2)}\n`;
}

function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
