import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { githubSlug, siteConfig } from '../../../scripts/site/config.ts';
import { navigation, pagesElsewhere, sitePage } from '../../../scripts/site/navigation.ts';
import { anchorsOf, projectRoot } from '../support/markdown.ts';

const listed = navigation.flatMap(({ pages }) => pages.map(([page]) => `${page}.md`));

describe('the navigation of the site', () => {
  test('has every page of docs/ once, and no other', () => {
    const pages = globSync('docs/*.md', { cwd: fileURLToPath(projectRoot) }).map((file) => sitePage(file) ?? file);
    assert.ok(pages.length > 20);
    assert.deepEqual(listed.toSorted(), [...pages, ...Object.values(pagesElsewhere)].toSorted());
    assert.equal(new Set(listed).size, listed.length);
  });

  test('has pages from elsewhere that are there', () => {
    for (const file of Object.keys(pagesElsewhere)) assert.ok(existsSync(new URL(file, projectRoot)), file);
  });

  test('is what the generator gets, with search, and links that lead nowhere are errors', () => {
    const config = siteConfig({ version: '1.2.3', records: [{ page: 'adr/0001-x', title: '1. X' }] }) as {
      readonly ignoreDeadLinks: boolean;
      readonly themeConfig: {
        readonly search: { readonly provider: string };
        readonly sidebar: readonly { readonly items: readonly { readonly link: string }[] }[];
      };
    };
    assert.equal(config.ignoreDeadLinks, false);
    assert.equal(config.themeConfig.search.provider, 'local');
    const links = config.themeConfig.sidebar.flatMap(({ items }) => items.map(({ link }) => link));
    assert.deepEqual(links, [...listed.map((page) => `/${page === 'index.md' ? '' : page.slice(0, -3)}`), '/adr/0001-x']);
  });

  test('leads to headings by the names that GitHub gives them', () => {
    for (const heading of ['Try it again, now', 'A CA that hangs', 'spec.pki: `steps[]`', 'Ünïcode — dash_and-more']) {
      assert.ok(anchorsOf({ name: 'x', text: `# ${heading}` }).has(githubSlug(heading)), heading);
    }
  });
});
