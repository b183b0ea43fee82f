import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

const otherHost = String.raw`(?:https?:)?\/\/`;
/** Where a page, a style sheet or a script would load something from another host; a link that a person follows is none. */
const loads: readonly RegExp[] = [
  new RegExp(
    String.raw`<(?:script|img|iframe|source|video|audio|embed|input)\b[^>]*?\b(?:src|srcset)=["']?(${otherHost}[^"'\s>]+)`,
    'g',
  ),
  new RegExp(String.raw`<link\b[^>]*?\bhref=["']?(${otherHost}[^"'\s>]+)`, 'g'),
  new RegExp(String.raw`\burl\(\s*["']?(${otherHost}[^"')\s]+)`, 'g'),
  new RegExp(String.raw`@import\s+["'](${otherHost}[^"']+)`, 'g'),
  new RegExp(String.raw`\b(?:import|fetch|Worker)\(\s*["'\x60](${otherHost}[^"'\x60]+)`, 'g'),
];

/** In the theme, for links to social networks by icons that it does not have; the site has no such link. */
const neverLoaded = 'https://api.iconify.design/simple-icons/';

/** What a built file would load from other hosts. */
export function externalLoads(text: string): readonly string[] {
  const urls = loads.flatMap((pattern) => [...text.matchAll(pattern)].map(([, url = '']) => url));
  return urls.filter((url) => !url.startsWith(neverLoaded));
}

/** What is wrong with a built site: loads from other hosts, links and anchors that lead nowhere. */
export function siteProblems(folder: string, base: string): readonly string[] {
  const names = globSync('**/*.{html,css,js}', { cwd: folder }).toSorted();
  const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const outside = names.flatMap((name) => externalLoads(texts.get(name) ?? '').map((url) => `${name} loads ${url}`));
  const pages = names.filter((name) => name.endsWith('.html') && !name.startsWith('files/'));
  const dead = pages.flatMap((name) => {
    const hrefs = [...(texts.get(name) ?? '').matchAll(/<a\b[^>]*?\bhref="([^"]+)"/g)].map(([, href = '']) => href);
    return [...new Set(hrefs)]
      .filter((href) => !leadsSomewhere(folder, base, name, href, texts))
      .map((href) => `${name} links to ${href}`);
  });
  return [...outside, ...dead];
}

function leadsSomewhere(folder: string, base: string, page: string, href: string, texts: ReadonlyMap<string, string>): boolean {
  if (/^[a-z]+:/.test(href)) return true;
  const [path = '', anchor] = href.split('#');
  const fromRoot = path.startsWith('/') ? posix.relative(base, path) : posix.join(posix.dirname(page), path);
  const found =
    path === ''
      ? page
      : [fromRoot, `${fromRoot}.html`, posix.join(fromRoot, 'index.html')].find((name) => isFile(join(folder, name)));
  if (found === undefined) return false;
  if (anchor === undefined || anchor === '') return true;
  return (texts.get(found) ?? '').includes(`id="${decodeURIComponent(anchor)}"`);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
