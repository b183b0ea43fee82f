import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createByteBudget } from '../../../../src/signers/network/byte-budget.ts';
import { answered, client, failed, requestTo, send } from './support/client.ts';
import { httpServer } from './support/servers.ts';

const url = (port: number) => `http://pki.test:${port}/`;
const mebibyte = 1024 * 1024;

/** What of a budget is taken. */
function observed(limit: number) {
  const budget = createByteBudget(limit);
  let [used, most] = [0, 0];
  return {
    used: () => used,
    most: () => most,
    budget: {
      ...budget,
      take(bytes: number) {
        const isTaken = budget.take(bytes);
        if (isTaken) used += bytes;
        most = Math.max(most, used);
        return isTaken;
      },
      give(bytes: number) {
        used -= bytes;
        budget.give(bytes);
      },
    },
  };
}

describe('a budget of bytes', () => {
  test('is not exceeded, and neither is the one that it is within', () => {
    const whole = createByteBudget(10);
    const [one, other] = [createByteBudget(8, whole), createByteBudget(8, whole)];
    assert.equal(one.take(9), false);
    assert.equal(one.take(8), true);
    assert.equal(other.take(3), false);
    assert.equal(other.take(2), true);
    one.give(1);
    assert.equal(other.take(1), true);
    one.release();
    one.release();
    assert.equal(other.take(5), true);
    assert.equal(other.take(1), false);
    assert.equal(one.take(1), false);
    assert.equal(whole.take(2), true);
  });
});

describe('the answers that are held at once', () => {
  test('are bounded over all clients, and who gets none is told why', async (t) => {
    const { port } = await httpServer(t, (_request, response) => response.end(Buffer.alloc(mebibyte)));
    const { budget, used, most } = observed(4 * mebibyte);
    const clients = [client(t, { network: { answers: budget } }), client(t, { network: { answers: budget } })];
    const held = createByteBudget(Infinity, budget);
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        return await clients[i % 2]?.send(requestTo(url(port)), AbortSignal.timeout(10_000), held);
      }),
    );
    const refused = results.filter((result) => result?.ok === false);
    assert.ok(refused.length >= 16, `${refused.length} were refused`);
    for (const result of refused) {
      assert.ok(result !== undefined);
      assert.equal(failed(result, 'CAAnswerTooLarge', /the controller reads too much at once/).sent, true);
    }
    assert.ok(most() <= 4 * mebibyte);
    held.release();
    assert.equal(used(), 0);
  });

  test('count no longer once they are released, refused, broken off or given up', async (t) => {
    const { port } = await httpServer(t, (request, response) => {
      if (request.url === '/cut') response.write('x'.repeat(10_000), () => setTimeout(() => response.destroy(), 20));
      else if (request.url === '/never') response.write('x'.repeat(10_000));
      else response.end(Buffer.alloc(Number(request.url?.slice(1))));
    });
    const { budget, used } = observed(mebibyte);
    const http = client(t, { maxResponseBytes: 100_000, network: { answers: budget } });
    answered(await send(http, `${url(port)}50000`));
    assert.equal(used(), 0);
    failed(await send(http, `${url(port)}200000`), 'CAAnswerTooLarge', /network\.maxResponseBytes/);
    assert.equal(used(), 0);
    failed(await send(http, `${url(port)}cut`), 'CAUnreachable', /ended before/);
    assert.equal(used(), 0);
    const giveUp = new AbortController();
    const sending = http.send(requestTo(`${url(port)}never`), giveUp.signal);
    while (used() === 0) await delay(5);
    giveUp.abort('enough');
    await assert.rejects(sending, (error) => error === 'enough');
    await delay(20);
    assert.equal(used(), 0);
  });

  test('take little more memory than their bytes where these come one by one', async (t) => {
    const size = 400_000;
    const { port } = await httpServer(t, (_request, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n');
      response.socket?.end(Buffer.from(`${'1\r\nx\r\n'.repeat(size)}0\r\n\r\n`));
    });
    const http = client(t);
    answered(await send(http, url(port)));
    const budget = createByteBudget(Infinity);
    let most = 0;
    const taking = { ...budget, take: (bytes: number) => budget.take((most += bytes) && bytes) };
    const answer = answered(await http.send(requestTo(url(port)), AbortSignal.timeout(10_000), taking));
    assert.equal(answer.body.length, size);
    assert.equal(Buffer.from(answer.body).toString('latin1'), 'x'.repeat(size));
    assert.ok(answer.body.buffer.byteLength <= 2 * size);
    assert.equal(most, answer.body.buffer.byteLength);
  });
});
