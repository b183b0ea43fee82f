import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CodedError } from '../../src/lib/errors.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { startChromium } from '../tools/chromium.ts';
import { faintTexts, groundOf, overflow } from './support/page-checks.ts';
import { openStatusLab, podNames, statusOf, type StatusLab } from './support/status-lab.ts';
import { watchSuite, withoutAuditLog, withoutParts } from './support/suite.ts';

const hostileIssuer = `x"'><img src=x onerror=alert(1)><script>alert(2)</script>`;

describe('the status page in a browser', { skip: withoutParts, timeout: 120_000 }, () => {
  const suiteEnd = watchSuite();
  let lab: StatusLab;
  let browser: Browser | string;

  before(async () => {
    // Not before the lab is there: without one nobody would end the browser.
    lab = await openStatusLab(hostileIssuer);
    browser = await startChromium(readEnvironment(), process.stderr).catch((error: unknown) => {
      if (error instanceof CodedError && error.code === 'ChromiumMissing') return error.message;
      throw error;
    });
  });

  after(async () => {
    if (browser !== undefined && typeof browser !== 'string') await browser.close();
    await lab?.world.close(suiteEnd());
  });

  /** Shows a page to `look`, and checks that it loads nothing else, runs nothing and breaks none of its own rules. */
  async function show(
    t: TestContext,
    url: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    if (typeof browser === 'string') return t.skip(browser);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => void said.push(message.text()));
    page.on('pageerror', (error) => void said.push(String(error)));
    page.on('dialog', (dialog) => void said.push(dialog.message()));
    page.on('request', (request) => void asked.push(request.url()));
    await page.goto(url);
    await look(page);
    assert.deepEqual(said, [], 'the console stays empty');
    assert.deepEqual(
      asked.filter((each) => new URL(each).origin !== new URL(url).origin),
      [],
      'nothing else is asked',
    );
    assert.equal(await page.locator('script, img, iframe, object, form').count(), 0);
    await context.close();
  }

  test('shows issuers, broken ones first, and requests with their steps, without JavaScript', async (t) => {
    await show(t, lab.leaderUrl, { javaScriptEnabled: false }, async (page) => {
      const issuers = page.getByRole('region', { name: 'Issuers' }).getByRole('row');
      assert.match(await issuers.nth(1).innerText(), /office\/office-ca.*Not ready: /s);
      assert.match(await issuers.nth(2).innerText(), /Ready/);
      assert.match(
        await page.getByRole('region', { name: 'What is wrong, and what to do' }).innerText(),
        /1 issuer of 3 cannot sign/,
      );
      const waiting = await page.getByRole('region', { name: 'Requests in work or waiting' }).innerText();
      assert.match(waiting, /jane.*Waits for approval/s);
      assert.match(waiting, /printer-0.*Waits for its issuer/s);
      await page.getByRole('link', { name: 'shop/checkout-1' }).click();
      const steps = await page.getByRole('listitem').allInnerTexts();
      assert.deepEqual(
        // It may have come before its issuer was checked, and have waited for that.
        steps.map((step) => /^\w+/.exec(step)?.[0]).filter((step) => step !== 'Waits'),
        ['Created', 'Approved', 'Asked', 'Issued'],
      );
      await page.getByRole('link', { name: 'ExternalIssuer/shop/shop-ca' }).click();
      assert.match(await page.locator('main').innerText(), /CN=Shop CA[^]*checkout-2/);
      await page.getByRole('link', { name: 'All issuers and requests' }).click();
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'external-issuer');
    });
  });

  test('shows hostile names as text', async (t) => {
    await show(t, lab.leaderUrl, {}, async (page) => {
      const region = page.getByRole('region', { name: 'Requests in work or waiting' });
      assert.ok((await region.innerText()).includes('onerror=alert(1)'), 'it is there, as text');
      await region.getByRole('link', { name: 'hostile-0' }).click();
      assert.ok((await page.locator('main').innerText()).includes(hostileIssuer));
    });
  });

  test('can be read in light and in dark, which differ', async (t) => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await show(t, lab.leaderUrl, { colorScheme }, async (page) => {
        assert.deepEqual(await faintTexts(page), []);
        grounds.push(await groundOf(page));
      });
    }
    if (typeof browser !== 'string') assert.equal(new Set(grounds).size, 2);
  });

  for (const [what, width] of [
    ['phone', 360],
    ['desk', 1200],
  ] as const) {
    test(`is as wide as a ${what}, and its tables are named for those who hear them`, async (t) => {
      await show(t, lab.leaderUrl, { viewport: { width, height: 800 } }, async (page) => {
        assert.equal(await overflow(page), 0);
        assert.equal(await page.getByRole('table').count(), 5);
        assert.equal(await page.locator('table:not(:has(caption)), section:not([aria-labelledby])').count(), 0);
        assert.equal(await page.getByRole('rowheader', { name: 'office/office-ca' }).count(), 1);
      });
    });
  }

  test('is asked for again where the reader wants that', async (t) => {
    await show(t, lab.leaderUrl, {}, async (page) => {
      await page.getByRole('link', { name: 'refresh it every 10 s' }).click();
      assert.equal(await page.locator('meta[http-equiv=refresh]').getAttribute('content'), '10');
    });
  });

  test('of a standby says who leads, and how to get to its page', async (t) => {
    const { replica, work } = await statusOf(lab.standbyUrl);
    assert.equal(work, undefined);
    assert.match(replica.leader?.identity ?? '', new RegExp(`^${podNames.leader}_`));
    await show(t, lab.standbyUrl, { javaScriptEnabled: false }, async (page) => {
      const text = await page.locator('body').innerText();
      assert.match(text, new RegExp(`Standby ${podNames.standby}`));
      assert.ok(text.includes(`kubectl -n external-issuer-system port-forward pod/${podNames.leader} 8082`));
    });
  });

  test('holds no CSR, certificate, key or token', async () => {
    const { work } = await statusOf(lab.leaderUrl);
    const paths = [...(work?.recent ?? []), ...(work?.unfinished ?? [])].map(({ uid }) => `/requests/${uid}`);
    for (const path of ['/', '/status.json', ...paths, ...(work?.issuers ?? []).map(({ key }) => `/issuers/${key}`)]) {
      const answer = await fetch(`${lab.leaderUrl}${path}`);
      assert.equal(answer.status, 200, path);
      assert.doesNotMatch(await answer.text(), /BEGIN |LS0tLS1|eyJ|MII[A-Z]/, path);
    }
  });

  test('needs no further right', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});
