import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createHttpHeaders, createPipelineRequest, type PipelineRequest } from '@azure/core-rest-pipeline';
import type { Clock } from '../../../../../src/lib/clock.ts';
import { createExchangeRecords, startRecord } from '../../../../../src/signers/key-vault/azure/exchange-record.ts';
import { createSdkHttpClient, VaultNetworkError } from '../../../../../src/signers/key-vault/azure/http-client.ts';
import { client } from '../../network/support/client.ts';
import { httpServer } from '../../network/support/servers.ts';

const request = (url: string, parts: Partial<Omit<PipelineRequest, 'url'>> = {}): PipelineRequest =>
  createPipelineRequest({ url, allowInsecureConnection: true, ...parts });

async function echo(t: TestContext): Promise<string> {
  const server = await httpServer(t, (asked, response) => {
    response.setHeader('x-agent', asked.headers['user-agent'] ?? '');
    void asked.toArray().then((chunks) => response.end(`${asked.method} ${Buffer.concat(chunks as Buffer[]).toString()}`));
  });
  return `http://127.0.0.1:${server.port}/`;
}

describe('the http client that the SDK is given', () => {
  test('sends text and bytes, and gives the answer as text', async (t) => {
    const url = await echo(t);
    const http = createSdkHttpClient(client(t), { records: createExchangeRecords() });
    const headers = createHttpHeaders({ 'User-Agent': 'azsdk on a machine', 'Accept-Encoding': 'gzip' });
    for (const body of ['a text', Buffer.from('a text')]) {
      const answer = await http.sendRequest(request(url, { method: 'POST', body, headers }));
      assert.deepEqual([answer.status, answer.bodyAsText], [200, 'POST a text']);
      assert.equal(answer.headers.get('X-Agent'), 'external-issuer');
    }
    assert.equal((await http.sendRequest(request(url, { method: 'POST', body: null }))).bodyAsText, 'POST ');
    await assert.rejects(http.sendRequest(request(url, { method: 'POST', body: new Blob(['x']) })), /text or bytes/);
  });

  test('goes to no other origin than the one that it is for', async (t) => {
    const url = await echo(t);
    const http = createSdkHttpClient(client(t), { records: createExchangeRecords(), origin: 'https://team.vault.azure.net' });
    await assert.rejects(http.sendRequest(request(url)), (error) => {
      assert.ok(error instanceof VaultNetworkError);
      assert.equal(error.code, 'AddressRefused');
      assert.match(error.message, /names another address to go on at, http:\/\/127\.0\.0\.1/);
      return true;
    });
  });

  test('keeps what came of the last request, in the record of its call alone', async (t) => {
    const url = await echo(t);
    const records = createExchangeRecords();
    const http = createSdkHttpClient(client(t), { records });
    const [one, other] = [
      startRecord({ signal: AbortSignal.timeout(5000) }),
      startRecord({ signal: AbortSignal.timeout(5000) }),
    ];
    const headers = createHttpHeaders({ authorization: 'Bearer a-token' });
    await Promise.all([
      records.run(one, async () => await http.sendRequest(request(url, { headers }))),
      assert.rejects(records.run(other, async () => await http.sendRequest(request('http://127.0.0.1:1/')))),
    ]);
    assert.equal(one.answer?.status, 200);
    assert.equal(one.answer?.withToken, true);
    assert.deepEqual([...one.secrets], ['a-token']);
    assert.equal(one.failure, undefined);
    assert.equal(other.answer, undefined);
    assert.equal(other.failure?.failure.code, 'CAUnreachable');
    await records.run(other, async () => await http.sendRequest(request(url)));
    assert.equal(other.failure, undefined);
  });

  test('ends with the time of the request, and with each of its signals', async (t) => {
    const server = await httpServer(t, () => undefined);
    const url = `http://127.0.0.1:${server.port}/`;
    const records = createExchangeRecords();
    const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.resolve() };
    const hurried = createSdkHttpClient(client(t), { records, clock });
    await assert.rejects(hurried.sendRequest(request(url, { timeout: 3000 })), (error) => {
      return error instanceof VaultNetworkError && error.code === 'CATimeout' && error.message.includes('within 3 s');
    });
    const http = createSdkHttpClient(client(t), { records });
    const [ofCall, ofRequest] = [new AbortController(), new AbortController()];
    const record = startRecord({ signal: ofCall.signal });
    const sent = [
      records.run(record, async () => await http.sendRequest(request(url))),
      http.sendRequest(request(url, { abortSignal: ofRequest.signal })),
      http.sendRequest(request(url, { abortSignal: ofRequest.signal, timeout: 100_000 })),
    ];
    ofCall.abort(new Error('enough'));
    ofRequest.abort(new Error('enough'));
    for (const each of sent) await assert.rejects(each, /enough/);
  });
});
