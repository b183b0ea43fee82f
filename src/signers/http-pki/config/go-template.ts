import { nearestKey } from '../../../lib/nearest-key.ts';
import { err, ok, type Result } from '../../../lib/result.ts';

/** How `{{.CSR}}` is written where it stands: PEM, or base64 of DER where the text around it makes PEM of it, or PEM is not taken. */
export type CsrForm = 'pem' | 'base64';

/** A text with our placeholders, and whether the CSR is in it. */
export interface Translated {
  readonly text: string;
  readonly hasCsr: boolean;
}

const names = ['CSR', 'CommonName', 'Duration'] as const;
const placeholder = /\{\{ *\.([A-Za-z]{1,64}) *\}\}/g;

/**
 * Replaces the three placeholders of the flat form, `{{.CSR}}`, `{{.CommonName}}` and `{{.Duration}}` (blanks inside the braces are
 * allowed), by ours. Any other `{{` or `{%` is refused, so that no text becomes a template that was not meant as one. The error is a clause.
 */
export function translateGo(text: string, csrForm: CsrForm): Result<Translated, string> {
  const form: CsrForm = /-----BEGIN [^]*\{\{ *\.CSR/.test(text) ? 'base64' : csrForm;
  const ours: Readonly<Record<string, string>> = {
    CSR: `{{ csr.${form} }}`,
    CommonName: '{{ subject.commonName }}',
    Duration: '{{ duration.go }}',
  };
  let hasCsr = false;
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(placeholder)) {
    const [whole, name = ''] = match;
    const our = Object.hasOwn(ours, name) ? ours[name] : undefined;
    if (our === undefined) return err(unknownName(whole, name));
    const before = text.slice(from, match.index);
    const problem = before.endsWith('{') ? 'a placeholder has two braces on each side, not three' : strayBraces(before);
    if (problem !== undefined) return err(problem);
    hasCsr ||= name === 'CSR';
    parts.push(before, our);
    from = match.index + whole.length;
  }
  const rest = text.slice(from);
  const problem = strayBraces(rest);
  return problem === undefined ? ok({ text: [...parts, rest].join(''), hasCsr }) : err(problem);
}

const known = names.map((name) => `{{.${name}}}`).join(', ');

function unknownName(whole: string, name: string): string {
  const meant = nearestKey(name, names);
  return `${whole.slice(0, 40)} is not known; ${meant === undefined ? `there are ${known}` : `did you mean {{.${meant}}}?`}`;
}

function strayBraces(text: string): string | undefined {
  const at = text.search(/\{\{|\{%/);
  if (at === -1) return undefined;
  const shown = /^\{[{%][^}]{0,40}\}{0,2}/.exec(text.slice(at))?.[0] ?? '{{';
  return `"${shown}" is not one of the placeholders of this form, ${known}; for other ones write the configuration as pki-config.json`;
}
