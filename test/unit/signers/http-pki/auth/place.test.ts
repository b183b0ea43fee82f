import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applied, bodyOf, opened, prepared, requestOf } from './support/auth-world.ts';

const key = 'a&b=c "d"\\é';
const inPlace = (where: string, name = 'api_key') =>
  prepared(opened({ type: 'apiKey', in: where, name }, { data: { token: key } }));

describe('a credential in the query', () => {
  const urls: readonly (readonly [string, string])[] = [
    ['https://ca.example/sign', '?api_key=a%26b%3Dc%20%22d%22%5C%C3%A9'],
    ['https://ca.example/sign?a=1&a=%2B', '?a=1&a=%2B&api_key=a%26b%3Dc%20%22d%22%5C%C3%A9'],
    ['https://ca.example/sign?api_key=old&a=1&api%5Fkey=older', '?a=1&api_key=a%26b%3Dc%20%22d%22%5C%C3%A9'],
  ];
  for (const [url, search] of urls) {
    test(`is added once to ${url}`, async () => {
      const request = requestOf(undefined, undefined, url);
      assert.equal(applied(await inPlace('query'), request).url.search, search);
      assert.equal(request.url.href, url, 'the request itself stays as it is');
    });
  }
});

describe('a credential in the body', () => {
  const bodies: readonly (readonly [string, string, string])[] = [
    ['application/x-www-form-urlencoded', 'csr=A%2BB', 'csr=A%2BB&api_key=a%26b%3Dc+%22d%22%5C%C3%A9'],
    ['application/x-www-form-urlencoded; charset=utf-8', '', 'api_key=a%26b%3Dc+%22d%22%5C%C3%A9'],
    ['application/json', ' {"n":12345678901234567890}', `{"api_key":${JSON.stringify(key)},"n":12345678901234567890}`],
    ['Application/Problem+JSON; x=y', '{ }', `{"api_key":${JSON.stringify(key)} }`],
  ];
  for (const [type, body, expected] of bodies) {
    test(`is added to ${type} and changes nothing else: ${body}`, async () => {
      assert.equal(bodyOf(applied(await inPlace('body'), requestOf(body, type))), expected);
    });
  }

  test('is an own member, whatever its name', async () => {
    const body = bodyOf(applied(await inPlace('body', '__proto__'), requestOf('{"a":1}', 'application/json')));
    assert.equal(body, `{"__proto__":${JSON.stringify(key)},"a":1}`);
  });

  test('has no place in a request without one', async () => {
    assert.deepEqual(applied(await inPlace('body'), requestOf()), requestOf());
  });

  const refused: readonly (readonly [string, string | undefined, RegExp])[] = [
    ['a=1;b=2', 'text/plain', /^pki\.auth\.in: is body, but the content type of the request is text\/plain/],
    ['a', undefined, /is not set; a parameter can be added to a form or to a JSON object only/],
    ['[1]', 'application/json', /the body is not a JSON object/],
    ['{"a":', 'application/json', /the body is not a JSON object/],
    ['{"a":1,"api_key":2}', 'application/json', /the body has a parameter api_key already/],
    ['api%5Fkey=1', 'application/x-www-form-urlencoded', /the body has a parameter api_key already/],
  ];
  for (const [body, type, message] of refused) {
    test(`is refused for ${body} of type ${type}`, async () => {
      const result = (await inPlace('body')).apply(requestOf(body, type));
      assert.ok(!result.ok);
      assert.equal(result.error.code, 'ConfigError');
      assert.match(result.error.message, message);
      assert.ok(!result.error.message.includes(key));
    });
  }
});
