import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createNoProxy, environmentProxy } from '../../../src/lib/no-proxy.ts';

describe('NO_PROXY', () => {
  const cases: readonly (readonly [list: string, url: string, direct: boolean])[] = [
    ['', 'https://ca.example.com', false],
    ['', 'https://localhost:6443', true],
    ['', 'https://127.0.0.1:6443', true],
    ['', 'https://127.9.9.9', true],
    ['', 'https://[::1]:6443', true],
    ['', 'https://[::ffff:127.0.0.1]', true],
    ['*', 'https://ca.example.com', true],
    ['other.example, * ', 'https://ca.example.com', true],
    ['10.0.0.0/8', 'https://10.96.0.1:443', true],
    ['10.0.0.0/8', 'https://11.0.0.1:443', false],
    ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]', true],
    ['10.0.0.0/33', 'https://10.0.0.1', false],
    ['fd00::/8', 'https://[fd12::1]:443', true],
    ['fd00::/8', 'https://[fe80::1]:443', false],
    ['10.0.0.1', 'https://10.0.0.1', true],
    ['10.0.0.1', 'https://10.0.0.10', false],
    ['10.0.0.1:6443', 'https://10.0.0.1:6443', true],
    ['10.0.0.1:6443', 'https://10.0.0.1', false],
    ['fd00:0::1', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['[fd00::1]:8443', 'https://[fd00::1]', false],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://ca.Example.COM', true],
    ['Example.com', 'https://ca.example.com.', true],
    ['example.com', 'https://notexample.com', false],
    ['example.com:8443', 'https://ca.example.com:8443', true],
    ['example.com:443', 'https://ca.example.com', true],
    ['example.com:80', 'http://ca.example.com', true],
    ['example.com:8443', 'https://ca.example.com', false],
    ['.example.com', 'https://ca.example.com', true],
    ['.example.com', 'https://example.com', false],
    ['*.example.com', 'https://ca.example.com', true],
    ['*.example.com', 'https://example.com', false],
    ['.svc,.cluster.local', 'https://kubernetes.default.svc', true],
    ['bücher.example', 'https://bücher.example', true],
    [',, ,:443,[::', 'https://ca.example.com', false],
  ];
  for (const [list, url, direct] of cases) {
    test(`"${list}" ${direct ? 'excepts' : 'does not except'} ${url}`, () => {
      assert.equal(createNoProxy(list)(new URL(url)), direct);
    });
  }
});

describe('the proxy that the environment names', () => {
  const target = new URL('https://ca.example.com');
  const cases: readonly (readonly [what: string, env: Record<string, string>, proxy: string | undefined])[] = [
    ['is none where nothing is set', {}, undefined],
    ['is none where the variable is empty', { HTTPS_PROXY: '' }, undefined],
    ['is HTTPS_PROXY for https', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1' }, 'http://p:1/'],
    ['is not HTTP_PROXY for https', { HTTP_PROXY: 'http://q:1' }, undefined],
    ['may be written in lower case', { https_proxy: 'http://p:1' }, 'http://p:1/'],
    ['is the upper-case one of two', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1' }, 'http://p:1/'],
    ['may lack its scheme', { HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
    ['yields to NO_PROXY', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example.com' }, undefined],
    ['yields to no_proxy', { HTTPS_PROXY: 'http://p:1', no_proxy: 'example.com' }, undefined],
  ];
  for (const [what, env, proxy] of cases) {
    test(what, () => {
      const found = environmentProxy(env, target);
      assert.ok(found.ok);
      assert.equal(found.value?.href, proxy);
    });
  }

  test('is HTTP_PROXY for http', () => {
    const found = environmentProxy({ HTTP_PROXY: 'http://q:1', HTTPS_PROXY: 'http://p:1' }, new URL('http://ca.example.com'));
    assert.ok(found.ok && found.value?.href === 'http://q:1/');
  });

  test('is refused by the name of its variable, without its value', () => {
    const found = environmentProxy({ HTTPS_PROXY: 'http://user:hunter2@:::' }, target);
    assert.ok(!found.ok);
    assert.match(found.error, /HTTPS_PROXY/);
    assert.doesNotMatch(found.error, /hunter2/);
  });
});
