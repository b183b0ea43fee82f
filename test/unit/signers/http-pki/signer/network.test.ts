import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../network/support/servers.ts';
import { call, certificatePem, configFor, expected, open, request, sign, tryOpen } from './support/lab.ts';
import { recorder } from './support/recorder.ts';

const secret = { 'client-id': 'us', 'client-secret': 'correct horse battery staple', token: 't0ken' };
const strict = { deps: { allowPlaintextCredentials: false } };

describe('a credential in plain text', () => {
  const oauth2 = (tokenUrl: string) => ({ auth: { type: 'oauth2', oauth2: { tokenUrl } } });
  const spellings = (rest: string): readonly string[] => [
    `http://${rest}`,
    `HTTP://${rest}`,
    ` http://${rest}`,
    `http:/${rest}`,
    `http:${rest}`,
    `hTTp:\\\\${rest}`,
    `\thttp://${rest}`,
    `ht\ntp://${rest}`,
  ];

  for (const allowPlaintext of [false, true]) {
    test(`is refused however tokenUrl is spelt, tls.allowPlaintext ${allowPlaintext}`, async () => {
      for (const tokenUrl of spellings('127.0.0.1:1/token')) {
        const config = configFor('https://pki.example.com', { ...oauth2(tokenUrl), tls: { allowPlaintext } });
        const opened = await tryOpen(config, { secret, ...strict });
        assert.ok(!opened.ok, tokenUrl);
        assert.match(opened.error.message, /tokenUrl/);
      }
    });
  }

  test('is refused however baseUrl and backupUrl are spelt', async () => {
    const parts = { auth: { type: 'bearer' }, tls: { allowPlaintext: true } };
    for (const url of spellings('pki.example.com')) {
      for (const config of [configFor(url, parts), configFor('https://a.example', { ...parts, backupUrl: url })]) {
        const opened = await tryOpen(config, { secret, ...strict });
        assert.ok(!opened.ok, url);
        assert.match(opened.error.message, /baseUrl|backupUrl/);
      }
    }
  });

  test('shows as a caveat where it is allowed', async (t) => {
    const config = configFor('https://pki.example.com', {
      ...oauth2('http://login.example.com/token'),
      tls: { allowPlaintext: true },
    });
    const signer = await open(t, config, { secret });
    assert.deepEqual(
      signer.caveats?.map(({ code }) => code),
      ['Plaintext'],
    );
  });
});

describe('a baseUrl that hangs', () => {
  for (const [what, isConnected] of [
    ['answers nothing', true],
    ['takes no connection', false],
  ] as const) {
    test(`leaves the check of backupUrl its share of the time, where it ${what}`, async (t) => {
      const hanging = isConnected ? await recorder(t, () => 'never') : undefined;
      const silent = await listen(t, createServer());
      const backup = await recorder(t, () => ({ body: certificatePem }));
      const config = configFor(hanging?.url ?? `https://127.0.0.1:${silent.port}`, {
        backupUrl: backup.url,
        tls: { allowPlaintext: true },
        network: { timeout: '2s' },
      });
      const signer = await open(t, config);
      const check = await signer.check({ signal: AbortSignal.timeout(2000) });
      assert.ok(check.outcome === 'healthy', check.message);
      assert.equal(check.warnings?.[0]?.code, 'BackupInUse');
      assert.match(check.message, /within (?:the )?1 s/);
      expected(await sign(signer), 'issued');
      assert.equal(backup.to('/sign').length, 1);
    });
  }

  test('ends the check where the call ends, with its reason', async (t) => {
    const hanging = await recorder(t, () => 'never');
    const signer = await open(t, configFor(hanging.url, { backupUrl: 'http://127.0.0.2:1' }));
    const giveUp = new AbortController();
    const checking = signer.check({ signal: giveUp.signal });
    giveUp.abort('enough');
    await assert.rejects(checking, (error) => error === 'enough');
  });

  test('leaves signing the time for backupUrl, where it takes no connection', async (t) => {
    const silent = await listen(t, createServer());
    const backup = await recorder(t, () => ({ body: certificatePem }));
    const config = configFor(`https://127.0.0.1:${silent.port}`, {
      backupUrl: backup.url,
      tls: { allowPlaintext: true },
      network: { timeout: '3s' },
    });
    const signer = await open(t, config);
    expected(await signer.sign(request(), { signal: AbortSignal.timeout(3000) }), 'issued');
  });
});

test('32 answers of 4 MiB at once do not fill the memory, and what has no room is tried again', async (t) => {
  const body = Buffer.from(`[${'[],'.repeat((4 * 1024 * 1024) / 3 - 2)}[]]`);
  const ca = await recorder(t, () => ({ body, headers: { 'content-type': 'application/json' } }));
  const config = configFor(ca.url, {
    network: { maxResponseBytes: 4 * 1024 * 1024 },
    response: { format: 'json', certificateField: 'a' },
  });
  const signer = await open(t, config);
  assert.equal((await signer.check(call())).outcome, 'healthy');
  const before = process.memoryUsage().rss;
  let most = 0;
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      most = Math.max(most, process.memoryUsage().rss - before);
      await delay(5);
    }
  })();
  const outcomes = await Promise.all(Array.from({ length: 32 }, async () => await signer.sign(request(), call())));
  watching.abort();
  await watch;
  const codes = outcomes.map((outcome) => expected(outcome, 'retry').code);
  assert.ok(codes.includes('CAAnswerTooLarge'), codes.join());
  assert.ok(most < 250 * 1024 * 1024, `${Math.round(most / 1024 / 1024)} MiB more`);
  assert.equal((await signer.check(call())).outcome, 'healthy');
});
