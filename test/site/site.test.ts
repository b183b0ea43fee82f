import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { readEnvironment } from '../controlplane/environment.ts';
import { startChromium } from '../tools/chromium.ts';
import { projectRoot } from '../unit/support/markdown.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
const dist = new URL('site/dist/', projectRoot);

/** Serves the files of the site, as any web server would. */
async function serveSite(): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const file = new URL(`.${pathname.endsWith('/') ? `${pathname}index.html` : pathname}`, dist);
    readFile(file).then(
      (content) => response.setHeader('content-type', types[extname(file.pathname)] ?? 'application/octet-stream').end(content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('the documentation site, built by "make site", in a browser', () => {
  let site: { readonly server: Server; readonly origin: string };
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const problems: string[] = [];

  before(async () => {
    site = await serveSite();
    browser = await startChromium(readEnvironment(), process.stderr);
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  after(async () => {
    await browser.close();
    site.server.close();
  });

  test('shows the README first, with its picture and every group of pages', async () => {
    await page.goto(`${site.origin}/`);
    assert.match(await page.locator('h1').innerText(), /^External PKI Issuer\b/);
    const picture = page.locator('img[src*="architecture"]');
    await picture.scrollIntoViewIfNeeded();
    await picture.evaluate(async (image) => (image as unknown as { decode(): Promise<void> }).decode());
    assert.ok((await page.locator('.VPSidebarItem.level-0').count()) > 6);
  });

  test('goes to a page and to a heading of it', async () => {
    await page.locator('.VPSidebar a', { hasText: 'A CA with an HTTP API' }).click();
    await page.waitForURL(`${site.origin}/pki.html`);
    await page.goto(`${site.origin}/troubleshooting.html#codes`);
    assert.equal(await page.locator('#codes').isVisible(), true);
  });

  test('finds words', async () => {
    await page.locator('#local-search button').click();
    await page.locator('#localsearch-input').fill('SubjectAccessReview');
    await page.locator('.VPLocalSearchBox .result').first().waitFor();
    assert.ok((await page.locator('.VPLocalSearchBox .result').count()) > 1);
  });

  test('shows a file of the tree as text', async () => {
    const answer = await page.request.get(`${site.origin}/files/src/signers/signer.ts.txt`);
    assert.match(await answer.text(), /export interface SignRequest/);
  });

  test('asks no other host for anything, and no script of it fails', () => {
    assert.ok(requests.length > 5);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(`${site.origin}/`) && !url.startsWith('data:')),
      [],
    );
    assert.deepEqual(problems, []);
  });
});
