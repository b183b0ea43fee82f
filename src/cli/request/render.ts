import type { Style } from '../text/style.ts';
import { missingWords, type ObjectReport, type StatusReport, type Verdict } from './report.ts';

/** The report for people. */
export function renderStatus({ objects, verdict }: StatusReport, style: Style): string {
  return `${objects.map((each) => objectText(each, style)).join('\n')}\n${verdictText(verdict, style)}`;
}

function objectText({ kind, namespace, name, facts, conditions, events, notSeen }: ObjectReport, style: Style): string {
  const title = `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  const entries = Object.entries(facts);
  const width = Math.max(0, ...entries.map(([label]) => label.length));
  const lines = [
    style.bold(title.trimEnd()),
    ...entries.map(([label, value]) => `  ${label.padEnd(width)}  ${typeof value === 'string' ? value : value.join(', ')}`),
    ...conditions.map(({ type, status, reason, message, since }) => {
      const head = `${type}: ${status}`;
      const coloured = type === 'Ready' ? (status === 'True' ? style.good(head) : style.warn(head)) : head;
      const why = [reason, message].filter((part) => part !== '').join(': ');
      return `  ${coloured}${since === '' ? '' : ` since ${since}`}${why === '' ? '' : `, ${why}`}`;
    }),
    ...events.map(({ text, at, from, count }) => {
      const times = count > 1 ? ` (${count} times)` : '';
      return style.dim(`  event ${at ?? ''}${times} ${from}: ${text}`);
    }),
    ...notSeen.map((what) => style.warn(what === missingWords ? `  ${what}` : `  not seen: ${what}`)),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictText({ state, why, fix }: Verdict, style: Style): string {
  if (state === 'issued' && fix === undefined) return `${style.good(why)}\n`;
  const heading = state === 'issued' ? 'What is wrong nevertheless' : 'Why there is no certificate';
  const colour = state === 'failed' ? style.bad : style.warn;
  return `${colour(heading)}\n  ${why}\n${fix === undefined ? '' : `  What to do: ${fix}\n`}`;
}
