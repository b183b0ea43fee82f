import { oneLine } from '../../lib/one-line.ts';
import { printable } from '../../lib/printable.ts';

const trusted = Symbol('markup');

/** Markup of our own making. Only {@link html} makes it: text from elsewhere is never of this type. */
export interface Html {
  readonly [trusted]: string;
}

/** What may stand in markup; text is escaped, absent values are nothing. */
export type Content = Html | string | number | undefined | readonly Content[];

/**
 * Makes markup from a template; every value that is not itself markup is escaped, control characters too: between
 * tags and in quoted attributes alike.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const text = strings.reduce(
    (before, part, index) => `${before}${index === 0 ? '' : rendered(values[index - 1])}${part.replaceAll(/\n\s*/g, '\n')}`,
    '',
  );
  return { [trusted]: text };
}

/** The markup as text, to be sent. */
export function htmlText(markup: Html): string {
  return markup[trusted];
}

/** A style sheet of our own; nothing from elsewhere may be in it. */
export function styleElement(css: string): Html {
  return { [trusted]: `<style>${css}</style>` };
}

/**
 * A text from elsewhere: on one line, control characters and marks that turn the direction of writing made visible, at most `longest`
 * characters, and apart from the direction of what stands around it.
 */
export function said(text: string, longest = 300): Html {
  return text === '' ? html`` : html`<bdi>${oneLine(text, longest)}</bdi>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function rendered(value: Content): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return printable(value).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
  if (typeof value === 'number') return String(value);
  return trusted in value ? value[trusted] : value.map(rendered).join('');
}
