import { navigation } from './navigation.ts';

/** What the site's generator is told; `records` are the decision records, by name and title. */
export interface SiteOptions {
  readonly version: string;
  readonly records: readonly { readonly page: string; readonly title: string }[];
}

/** The configuration of VitePress: https://vitepress.dev/reference/site-config. Links that lead nowhere fail the build. */
export function siteConfig({ version, records }: SiteOptions): object {
  const groups = navigation.map(({ text, pages }) => ({
    text,
    items: pages.map(([page, name]) => ({ text: name, link: `/${page === 'index' ? '' : page}` })),
  }));
  const decisions = records.map(({ page, title }) => ({ text: title, link: `/${page}` }));
  return {
    title: 'External PKI Issuer',
    description: 'A cert-manager external issuer for the PKI your company already has',
    lang: 'en',
    // For a site that is not at the root of its host: /external-issuer/.
    base: process.env['SITE_BASE'] ?? '/',
    outDir: '../dist',
    cacheDir: '../node_modules/.cache/vitepress',
    ignoreDeadLinks: false,
    // The index that the search reads is one file.
    vite: { build: { chunkSizeWarningLimit: 5000 } },
    markdown: { anchor: { slugify: githubSlug }, config: plainCode },
    themeConfig: {
      search: { provider: 'local' },
      outline: [2, 3],
      externalLinkIcon: true,
      nav: [
        { text: 'Install', link: '/installation' },
        { text: 'API', link: '/api' },
        { text: 'Troubleshooting', link: '/troubleshooting' },
        { text: version, link: '/changelog' },
      ],
      sidebar: [...groups, { text: 'Decisions', collapsed: true, items: decisions }],
    },
  };
}

/** What is used of markdown-it: https://markdown-it.github.io/markdown-it/. */
interface Markdown {
  readonly renderer: {
    readonly rules: Record<string, ((tokens: readonly Token[], index: number, ...rest: unknown[]) => string) | undefined>;
  };
}
interface Token {
  attrSet(name: string, value: string): void;
}

/** Braces in code are no expressions of the generator's. */
function plainCode({ renderer }: Markdown): void {
  const written = renderer.rules['code_inline'];
  if (written === undefined) throw new Error('the generator has no rule for code');
  renderer.rules['code_inline'] = (tokens, index, ...rest) => {
    tokens[index]?.attrSet('v-pre', '');
    return written(tokens, index, ...rest);
  };
}

/** The anchor of a heading as GitHub makes it: the pages are read there, too. */
export function githubSlug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
