import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { describe, test } from 'node:test';
import { createNetwork } from '../../../../src/signers/network/network.ts';
import { createResolver, type Resolver } from '../../../../src/signers/network/resolver.ts';
import { client, failed, policy, send, textOf } from './support/client.ts';
import { httpServer } from './support/servers.ts';

/** A resolver of the system that hangs for some names until they are answered by hand. */
function slowLookup(isSlow: (host: string) => boolean) {
  const asked: string[] = [];
  const waiting = new Map<string, () => void>();
  const lookup: LookupFunction = (host, _options, callback) => {
    asked.push(host);
    const answer = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    if (isSlow(host)) waiting.set(host, answer);
    else queueMicrotask(answer);
  };
  return { asked, lookup, answer: (host: string) => waiting.get(host)?.() };
}

async function resolved(resolve: Resolver, host: string): Promise<string | undefined> {
  return await new Promise((done) => resolve(host, {}, (_error, [first]) => done(first?.address)));
}

describe('the resolver of a process', () => {
  test('asks for two names at once, the others in the order in which they came', async () => {
    const { asked, lookup, answer } = slowLookup((host) => host.startsWith('slow'));
    const resolve = createResolver(lookup);
    const answers = ['slow1', 'slow2', 'slow3', 'quick'].map(async (host) => await resolved(resolve, host));
    assert.deepEqual(asked, ['slow1', 'slow2']);
    answer('slow2');
    await answers[1];
    assert.deepEqual(asked, ['slow1', 'slow2', 'slow3']);
    answer('slow1');
    assert.equal(await answers[3], '127.0.0.1');
    answer('slow3');
    await Promise.all(answers);
  });

  test('lets a name that hangs take one place, however many ask for it', async () => {
    const { asked, lookup } = slowLookup((host) => host === 'slow');
    const resolve = createResolver(lookup);
    for (let i = 0; i < 100; i += 1) resolve('slow', {}, () => undefined);
    for (let i = 0; i < 10; i += 1) assert.equal(await resolved(resolve, `quick${i}`), '127.0.0.1');
    assert.equal(asked.filter((host) => host === 'slow').length, 1);
  });

  test('does not ask for a name that nobody waits for any more', () => {
    const { asked, lookup, answer } = slowLookup(() => true);
    const resolve = createResolver(lookup);
    const unexpected = () => assert.fail('was taken back');
    const takenBack = ['a', 'b', 'c'].map((host) => resolve(host, {}, unexpected));
    for (const takeBack of takenBack) takeBack();
    answer('a');
    answer('b');
    assert.deepEqual(asked, ['a', 'b']);
  });

  test('says that a name is unknown to all who wait, and goes on', async () => {
    const lookup: LookupFunction = (_host, _options, callback) =>
      queueMicrotask(() => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 0));
    const resolve = createResolver(lookup);
    const answers = ['a', 'a', 'b', 'c', 'd'].map(async (host) => await resolved(resolve, host));
    assert.deepEqual(await Promise.all(answers), Array.from({ length: 5 }));
  });
});

describe('names that hang', () => {
  test('of one issuer do not keep another from its CA', async (t) => {
    const server = await httpServer(t);
    const { lookup } = slowLookup((host) => host === 'hangs.test');
    const network = createNetwork({ addresses: policy({ allow: ['127.0.0.0/8'] }), env: {}, lookup });
    const one = client(t, { network, connectTimeoutMs: 500 });
    const other = client(t, { network, connectTimeoutMs: 500 });
    const hanging = Array.from({ length: 20 }, async () => await send(one, 'http://hangs.test/'));
    assert.equal(textOf(await send(other, `http://pki.test:${server.port}/x`)), 'GET /x');
    for (const result of await Promise.all(hanging)) {
      const failure = failed(result, 'CATimeout', /the name hangs\.test was not resolved in time.*DNS/);
      assert.equal(failure.sent, false);
    }
  });

  test('are waited for no longer than for a connection, where they are many', async (t) => {
    const { asked, lookup } = slowLookup(() => true);
    const network = createNetwork({ addresses: policy(), env: {}, lookup });
    const http = client(t, { network, connectTimeoutMs: 300 });
    const begun = performance.now();
    const results = await Promise.all(Array.from({ length: 10 }, async (_, i) => await send(http, `http://h${i}.test/`)));
    assert.ok(performance.now() - begun < 2000);
    for (const result of results) failed(result, 'CATimeout', /0\.3 s of network\.connectTimeout/);
    assert.equal(asked.length, 2);
  });
});
