import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { printable } from '../../../../src/lib/printable.ts';
import { statusHandler } from '../../../../src/server/status-page/handler.ts';
import type { StatusView } from '../../../../src/server/status-page/view.ts';
import { issuer, request, replica, view } from './views.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type Ask = (path: string, options?: { readonly method?: string; readonly host?: string }) => Promise<Answer>;

async function serve(t: TestContext, shown: () => StatusView, bound: string | undefined = '127.0.0.1'): Promise<Ask> {
  const address = bound === undefined ? { port: 0 } : { host: bound, port: 0 };
  const logged: unknown[] = [];
  const server = createServer(
    statusHandler(shown, address, { error: (...line: unknown[]) => void logged.push(line) } as never),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return async (path, { method = 'GET', host = `127.0.0.1:${port}` } = {}) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers: { host }, agent: false }).end();
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, headers: response.headers, text: await text(response) };
  };
}

describe('the status page', () => {
  test('shows issuers and requests, each with a page of its own, and nothing may load, run or frame', async (t) => {
    const ask = await serve(t, () => view());
    const first = await ask('/');
    assert.equal(first.status, 200);
    assert.match(first.text, /href="\/issuers\/ExternalIssuer\/team-a\/ca"/);
    assert.match(first.text, /href="\/requests\/uid-1"/);
    const policy = String(first.headers['content-security-policy']);
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    assert.equal(first.headers['x-content-type-options'], 'nosniff');
    assert.equal(first.headers['referrer-policy'], 'no-referrer');
    assert.equal(first.headers['cache-control'], 'no-store');
    assert.match(String(first.headers['permissions-policy']), /camera=\(\)/);
    assert.equal(first.headers['access-control-allow-origin'], undefined);
    assert.doesNotMatch(first.text, /<script|javascript:| on\w+=|style="/i);
    const steps = (await ask('/requests/uid-1')).text;
    assert.match(steps, /attempt 1: it failed.*\n?[^]*CAUnavailable[^]*attempt 2: a certificate came[^]*Issued/);
    assert.match((await ask('/issuers/ExternalIssuer/team-a/ca')).text, /The CA answers\.[^]*href="\/requests\/uid-1"/);
  });

  test('answers HEAD as GET without its body, and no other method', async (t) => {
    const ask = await serve(t, () => view());
    const head = await ask('/', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal(Number(head.headers['content-length']), Buffer.byteLength((await ask('/')).text));
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await ask('/', { method });
      assert.deepEqual([refused.status, refused.headers.allow], [405, 'GET, HEAD'], method);
      assert.match(refused.text, /use GET/);
    }
  });

  test('says in words what is not there, without a word of what was asked for', async (t) => {
    const ask = await serve(t, () => view());
    for (const path of [
      '/nothing',
      '/issuers/ExternalIssuer/team-a/%00',
      '/requests/<script>',
      '/..//etc/passwd',
      '/?refresh',
    ]) {
      const { status, text: said } = await ask(path);
      assert.equal(status, path === '/?refresh' ? 200 : 404, path);
      assert.doesNotMatch(said, /passwd|<script/);
    }
    const standby = await serve(t, () => ({ now: 0, replica: replica({ role: 'standby' }) }));
    assert.match((await standby('/requests/uid-1')).text, /does not lead/);
  });

  const hosts: readonly (readonly [string, number])[] = [
    ['localhost:9999', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1', 200],
    ['127.1.2.3:80', 200],
    ['[::1]:8082', 200],
    ['evil.example:8082', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example', 421],
    ['10.0.0.1:8082', 421],
  ];
  for (const [host, status] of hosts) {
    test(`on loopback answers who asks for "${host}" with ${status}, against DNS rebinding`, async (t) => {
      const ask = await serve(t, () => view());
      const answer = await ask('/', { host });
      assert.equal(answer.status, status);
      if (status !== 200) assert.doesNotMatch(answer.text, /team-a/);
    });
  }

  test('on another address answers by any name', async (t) => {
    const ask = await serve(t, () => view(), '10.0.0.1');
    assert.equal((await ask('/', { host: 'status.example' })).status, 200);
  });

  test('is refreshed by the browser only where the address says so, within bounds', async (t) => {
    const ask = await serve(t, () => view());
    assert.doesNotMatch((await ask('/')).text, /http-equiv/);
    const refreshed = (await ask('/?refresh=10')).text;
    assert.match(refreshed, /<meta http-equiv="refresh" content="10"/);
    assert.match(refreshed, /href="\/requests\/uid-1\?refresh=10"/, 'and so are the pages it links to');
    for (const query of ['refresh=1', 'refresh=99999', 'refresh=10;url=http://evil.example', 'refresh=-5'])
      assert.doesNotMatch((await ask(`/?${query}`)).text, /http-equiv/, query);
  });

  test('is there as JSON too', async (t) => {
    const ask = await serve(t, () => view());
    const { headers, text: json } = await ask('/status.json');
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(json), view());
  });

  test('says that it cannot be shown where it cannot, and the process lives', async (t) => {
    let broken = true;
    const ask = await serve(t, () => {
      if (broken) throw new Error('secret of a fault');
      return view();
    });
    const { status, text: said } = await ask('/');
    assert.equal(status, 500);
    assert.doesNotMatch(said, /secret of a fault/);
    broken = false;
    assert.equal((await ask('/')).status, 200);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['quotes', `"><svg onload='alert(1)'>&#x3c;`],
    ['a turn of the direction of writing', 'good\u202eneddih\u2066\u0000\u001b[31m'],
    ['half a surrogate pair', 'x\ud800y'],
    ['very much', 'long '.repeat(100_000)],
  ];
  for (const [what, words] of hostile) {
    test(`shows ${what} in names, messages and codes as text`, async (t) => {
      const bad = issuer({
        key: `ExternalIssuer/t/${words}`,
        name: words,
        signerType: words,
        message: words,
        code: words,
        ready: 'False',
      });
      const shown = {
        ...bad,
        ca: { subject: words, serialNumber: words, notAfter: Number.NaN, keyId: words },
        readySince: words,
      };
      const step = { at: Number.NaN, code: words, text: words, count: 2 } as const;
      const steps = (['asked', 'waiting', 'told', 'failed'] as const).map((kind) => ({ ...step, what: kind }));
      const asked = request({
        uid: words,
        name: words,
        namespace: words,
        message: words,
        issuer: bad.key,
        steps,
        state: 'failed',
      });
      const ask = await serve(t, () =>
        view({ issuers: [shown], recent: [asked], unfinished: [asked] }, { identity: words, namespace: words }),
      );
      const first = await ask('/');
      const paths = [...first.text.matchAll(/href="(\/(?:issuers|requests)\/[^"]*)"/g)].map(([, path = '']) =>
        path.replaceAll('&#39;', "'"),
      );
      assert.equal(paths.length, 3, 'the links are whole');
      const pages = [first, ...(words.length > 1000 ? [] : await Promise.all(paths.map(async (path) => await ask(path))))];
      for (const { status, text: page } of pages) {
        assert.equal(status, 200);
        assert.ok(words.length < 1000 || page.replaceAll(/href="[^"]*"/g, '').length < 30_000, 'what is long is cut');
        assert.doesNotMatch(page, /<script|<img|<svg|onload='/);
        assert.equal(printable(page.replaceAll('\n', '')), page.replaceAll('\n', ''));
      }
    });
  }
});
