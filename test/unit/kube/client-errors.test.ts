import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKubeError, KubeApiError, type KubeErrorCode } from '../../../src/kube/api-error.ts';
import { isWatch, status, type Answer } from './mock-api-server.ts';
import { collect, startSetting, widgets } from './support/api-client.ts';

const key = { namespace: 'default', name: 'a' };
const any = (): boolean => true;

describe('the client takes', () => {
  const errors: readonly (readonly [string, Answer, KubeErrorCode, number, RegExp, number?])[] = [
    ['404', status(404, 'NotFound'), 'NotFound', 404, /^get widgets default\/a: the mock says NotFound$/],
    ['409 Conflict', status(409, 'Conflict'), 'Conflict', 409, /Conflict/],
    ['409 AlreadyExists', status(409, 'AlreadyExists'), 'AlreadyExists', 409, /AlreadyExists/],
    ['403', status(403, 'Forbidden'), 'Forbidden', 403, /Forbidden/],
    ['410', status(410, 'Expired'), 'Expired', 410, /Expired/],
    ['410 Gone', status(410, 'Gone'), 'Expired', 410, /Gone/],
    ['a reason that is a property of every object', status(422, 'constructor'), 'Other', 422, /constructor/],
    ['500', status(500, 'InternalError'), 'Other', 500, /InternalError/],
    ['429 with Retry-After', status(429, 'TooManyRequests', { 'retry-after': '3' }), 'Other', 429, /TooMany/, 3000],
    ['503 with too long a Retry-After', status(503, 'Busy', { 'retry-after': '999999999' }), 'Other', 503, /Busy/, 600_000],
    [
      '503 with a date as Retry-After',
      status(503, 'Busy', { 'retry-after': 'Wed, 01 Jan 2031 00:00:00 GMT' }),
      'Other',
      503,
      /Busy/,
    ],
    [
      'an error page',
      (response) => void response.writeHead(404).end('<html>'),
      'NotFound',
      404,
      /does not know this kind of object \(404\)/,
    ],
    ['a redirect', (response) => void response.writeHead(302, { location: '/x' }).end(), 'Other', 302, /answered 302/],
    ['a page instead of JSON', (response) => void response.end('<html>sec'), 'Other', 200, /(?!.*sec)not JSON.* type none/],
    ['nothing instead of JSON', (response) => void response.writeHead(204).end(), 'Other', 204, /not JSON/],
    ['a cut answer', (response) => response.write('{', () => response.destroy()), 'Unreachable', 0, /no answer/],
    ['a closed connection', (response) => response.destroy(), 'Unreachable', 0, /get widgets default\/a: no answer.*: ./],
    ['an endless answer', (response) => endless(response), 'TooLarge', 200, /exceeds 16777216 bytes/],
  ];
  for (const [name, answer, code, httpStatus, message, retryAfterMs] of errors) {
    test(`${name} as the error ${code}`, async (t) => {
      const { server, client, refusals } = await startSetting(t);
      server.script(any, answer);
      await assert.rejects(client.get(widgets, key), (error) => {
        assert.ok(error instanceof KubeApiError);
        assert.deepEqual([error.code, error.status, error.retryAfterMs], [code, httpStatus, retryAfterMs]);
        assert.match(error.message, message);
        return true;
      });
      assert.equal(refusals(), 0);
    });
  }

  test('401 as refused credentials, of which the connection is told', async (t) => {
    const { server, client, refusals } = await startSetting(t);
    server.script(any, status(401, 'Unauthorized'));
    await assert.rejects(client.get(widgets, key), (error) => isKubeError(error, 'Unauthorized'));
    assert.equal(refusals(), 1);
  });

  test('missing credentials and a server that is not there as Unreachable, with the reason', async (t) => {
    const { client } = await startSetting(t, { authorization: async () => await Promise.reject(new Error('no token')) });
    await assert.rejects(client.get(widgets, key), /get widgets default\/a: no answer from the API server: no token/);
    const absent = await startSetting(t, { server: 'http://127.0.0.1:1' });
    await assert.rejects(absent.client.get(widgets, key), /get widgets default\/a: no answer.*ECONNREFUSED/);
  });

  test('an empty list that is written as null, but nothing that is no list', async (t) => {
    const { server, client } = await startSetting(t);
    server.script(any, (response) => void response.end('{"metadata":{"resourceVersion":"1"},"items":null}'));
    assert.deepEqual((await client.list(widgets, {})).items, []);
    for (const body of ['{}', 'null', '"list"', '{"items":[]}', '{"metadata":{}}']) {
      server.script(any, (response) => void response.end(body));
      await assert.rejects(client.list(widgets, {}), /list widgets: the answer is not a list/);
    }
  });

  const noEvents = ['{"type":', 'null', '[]', '{"type":"ADDED"}'];
  for (const text of noEvents) {
    test(`${text} as no watch event`, async (t) => {
      const { server, client } = await startSetting(t);
      server.script(isWatch, (response) => void response.end(`${text}\n`));
      const watching = collect(client.watch(widgets, { resourceVersion: '1', timeoutSeconds: 9 }));
      await assert.rejects(watching, (error) => isKubeError(error, 'Other'));
    });
  }
});

function endless(response: Parameters<Answer>[0]): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}
