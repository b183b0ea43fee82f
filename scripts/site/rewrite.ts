import { posix } from 'node:path';
import { sitePage } from './navigation.ts';

/** A page as the site has it, and what of the tree it links to besides pages. */
export interface RewrittenPage {
  readonly text: string;
  readonly files: readonly string[];
}

/** Blocks may stand in lists. */
const fence = /(^ *```[^]*?^ *```$)/m;
/** Languages that the generator cannot colour. */
const unknownLanguage = /^( *```)(?:promql)$/m;
const code = /(`[^`\n]*`)/;
/** Angles that are no HTML: `<namespace>.<name>`. */
const tagLike = /<(?!\/?(?:a|br|details|summary|sub|sup|kbd)\b|!--)/g;
/** A link, or code, which may look like one; what begins first counts. */
const link = /`[^`\n]*`|(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;

/**
 * Turns the links of a page of the tree into those of the site: pages to pages, all else to the copies in `files/`.
 * @param file from the root of the project: `docs/pki.md`.
 */
export function rewritePage(file: string, text: string): RewrittenPage {
  const page = sitePage(file);
  if (page === undefined) throw new Error(`${file} is no page of the site`);
  const files: string[] = [];
  const here = posix.dirname(page);
  const relative = (target: string): string => {
    const path = posix.relative(here, target);
    return path.startsWith('.') ? path : `./${path}`;
  };
  const prose = (part: string): string =>
    part.replaceAll(link, (whole: string, image = '', words = '', target = '') => {
      if (whole.startsWith('`') || /^(?:[a-z]+:|#)/.test(target)) return whole;
      const [path = '', anchor] = target.split('#');
      const source = posix.join(posix.dirname(file), path).replace(/\/$/, '');
      const other = sitePage(source);
      if (other !== undefined) return `[${words}](${relative(other)}${anchor === undefined ? '' : `#${anchor}`})`;
      if (image === '!') return `![${words}](${source.startsWith('docs/') ? relative(source.slice('docs/'.length)) : target})`;
      files.push(source);
      return `<a href="${relative(copyOf(source))}" target="_self">${words}</a>`;
    });
  // Blocks and words in code stay as they are; what Vue would take for an expression is text.
  const parts = text
    .split(fence)
    .map((part) => (/^ *```/.test(part) ? part.replace(unknownLanguage, '$1txt') : outsideCode(part, prose)));
  return { text: parts.join(''), files };
}

/** A link may hold code, so links go first; braces and angles in what is left are no markup. */
function outsideCode(part: string, prose: (text: string) => string): string {
  return prose(part)
    .split(code)
    .map((piece) => (piece.startsWith('`') ? piece : piece.replaceAll('{{', '&#123;&#123;').replaceAll(tagLike, '&lt;')))
    .join('');
}

/** Where the site has the copy of a file: text, whatever the file's ending says to a server; of a folder a list. */
export function copyOf(file: string): string {
  const name = posix.basename(file);
  if (!name.includes('.') && name !== 'Makefile' && name !== 'LICENSE' && name !== 'Containerfile')
    return `files/${file}/index.html`;
  return /\.(?:yaml|json|svg|png|txt)$/.test(name) ? `files/${file}` : `files/${file}.txt`;
}
