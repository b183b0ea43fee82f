import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withValues } from '../../../../../src/signers/http-pki/template/sign-values.ts';
import { sampleValues } from '../template/sample-values.ts';
import { base, problemOf, refusalOf, rendered } from './rendered.ts';

const joined: readonly (readonly [base: string, url: string | undefined, expected: string])[] = [
  ['https://h/api', '/v1/x', 'https://h/api/v1/x'],
  ['https://h/api/', '/v1/x', 'https://h/api/v1/x'],
  ['https://h/api', 'v1/x/', 'https://h/api/v1/x/'],
  ['https://h', '/v1/x', 'https://h/v1/x'],
  ['https://h:8443/', '', 'https://h:8443/'],
  ['https://h/api/', undefined, 'https://h/api/'],
  ['https://h/cgi?mode=1#x', undefined, 'https://h/cgi?mode=1'],
  ['https://h/cgi?mode=1', '?a=b', 'https://h/cgi?mode=1&a=b'],
  ['https://h/api?mode=1', '/x?a={{ duration.days }}', 'https://h/api/x?mode=1&a=90'],
  ['https://h/api', 'https://h/v2/x', 'https://h/v2/x'],
  ['https://h/api?k=1', 'HTTPS://H:443/v2?x=y', 'https://h/v2?x=y'],
  ['https://h/api', 'https://h', 'https://h/'],
  ['https://h/api', "/a/{{ 'x?y=1&z#f' }}/b?c={{ 'd&e=f#g' }}", 'https://h/api/a/x%3Fy%3D1%26z%23f/b?c=d%26e%3Df%23g'],
  ['https://h/api', "/a/{{ id | default: '?' }}/b", 'https://h/api/a/%3F/b'],
  ['https://h/api', '/a/{% if isCA %}ca{% else %}leaf{% endif %}', 'https://h/api/a/leaf'],
];

describe('an address', () => {
  for (const [below, url, expected] of joined) {
    test(`${String(url)} below ${below} is ${expected}`, () => {
      assert.equal(rendered(url === undefined ? {} : { url }, undefined, new URL(below)).url.href, expected);
    });
  }

  test('gets the parameters of query after its own, encoded and in order', () => {
    const written = { url: '/x?a=1', query: { dns: '{{ san.dns | json }}', 'b&c': 'd e+f', none: '{{ id | optional }}' } };
    assert.equal(rendered(written).url.href, 'https://ca.example/api/x?a=1&dns=a.example&dns=b.example&b%26c=d%20e%2Bf');
  });

  const refused: readonly (readonly [url: string, error: RegExp])[] = [
    ['//evil.example/x', /empty segment/],
    ['/a//b', /empty segment/],
    ['/a/../b', /segment "\." or "\.\."/],
    ['/a/%2E./{{ id }}', /segment "\." or "\.\."/],
    ['..', /segment "\." or "\.\."/],
    ['/a\\b', /white space/],
    ['/a b', /white space/],
    ['/a#b', /fragment/],
    ['/a?b#{{ id }}', /fragment/],
    ['ftp://h/x', /must be a path/],
    ['javascript:x', /must be a path/],
    ['https://u:p@ca.example/x', /user or password/],
    ['https://@ca.example/x', /user or password/],
    ['https://{{ id }}/x', /host of an address must be written out/],
    ['https://ca.example{{ id }}/x', /host of an address must be written out/],
    ['https://ca.example:{{ id }}/x', /host of an address must be written out/],
    ['/{{ csr.pen }}', /did you mean "csr\.pem"/],
    ['{{ request.name }}', /address that the CA|given: \{\{ id \}\}/],
    ['{{ request.annotations.team }}', /one that the CA has given/],
    ['{{ steps.a.b | append: request.annotations.team }}', /one that the CA has given/],
    ['{{ steps[request.name].b }}', /one that the CA has given/],
    ["{{ steps.a.b | foo: 'x' }}", /there is no function/],
  ];
  for (const [url, error] of refused) {
    test(`is refused: ${url}`, () => assert.match(refusalOf({ url }), error));
  }

  for (const value of ['.', '..', '']) {
    test(`has no segment that becomes "${value}"`, () => {
      const values = sampleValues({ commonName: value });
      const problem = problemOf({ url: '/a/{{ subject.commonName }}/b' }, values);
      assert.equal(problem.code, 'RequestIncomplete');
      assert.match(problem.message, /^pki\.steps\[0\]\.url: /);
      assert.equal(problemOf({ url: '/a/{{ subject.commonName | urlencode }}/b' }, values).code, 'RequestIncomplete');
    });
  }

  test('has no dots put together from two values', () => {
    assert.equal(problemOf({ url: "/a/{{ '.' }}{{ '.' }}/b" }).code, 'RequestIncomplete');
    assert.equal(problemOf({ url: "/a/.{{ '.' }}?x" }).code, 'RequestIncomplete');
  });

  test('of the configuration has the origin of baseUrl', () => {
    const problem = problemOf({ url: 'https://other.example/x' });
    assert.equal(problem.code, 'ConfigError');
    assert.match(problem.message, /https:\/\/other\.example.*https:\/\/ca\.example/);
  });
});

describe('an address that the CA has given', () => {
  const given = (id: unknown) => withValues(sampleValues(), { id: id as string, steps: { a: { b: id } } });

  const accepted: readonly (readonly [given: string, expected: string])[] = [
    ['https://ca.example/other/1?x=y', 'https://ca.example/other/1?x=y'],
    ['/certs/1', 'https://ca.example/certs/1'],
    ['certs/1', 'https://ca.example/certs/1'],
    ['HTTPS://CA.example:443/a', 'https://ca.example/a'],
    ['//ca.example/a', 'https://ca.example/a'],
  ];
  for (const [address, expected] of accepted) {
    test(`is used as it is: ${address}`, () => {
      assert.equal(rendered({ url: '{{ id }}' }, given(address)).url.href, expected);
      assert.equal(rendered({ url: ' {{ steps.a["b"] }}\n' }, given(address)).url.href, expected);
    });
  }

  test('may have something written out added to it', () => {
    const { url } = rendered({ url: "{{ steps.a.b | append: '/download?x={y}' }}", query: { z: '1' } }, given('/certs/1'));
    assert.equal(url.href, 'https://ca.example/certs/1/download?x={y}&z=1');
  });

  const refused: readonly unknown[] = [
    'https://evil.example/x',
    '//evil.example/x',
    '\\\\evil.example\\x',
    'http://ca.example/x',
    'https://ca.example:8443/x',
    'https://ca.example@evil.example/x',
    'https://u:p@ca.example/x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '/a#b',
    '/a b',
    '/a\nb',
    '/ä',
    '',
    7,
    ['/a'],
    `/${'a'.repeat(3000)}`,
    'https://[',
  ];
  for (const address of refused) {
    test(`is refused: ${JSON.stringify(address).slice(0, 60)}`, () => {
      const problem = problemOf({ url: '{{ steps.a.b }}' }, given(address));
      assert.equal(problem.code, 'CAResponseInvalid');
      assert.match(problem.message, /^pki\.steps\[0\]\.url: \{\{ steps\.a\.b \}\}: /);
    });
  }

  test('must be there', () => {
    const problem = problemOf({ url: '{{ steps.a.c }}' }, given('x'), base);
    assert.deepEqual(problem, { code: 'RequestIncomplete', message: 'pki.steps[0].url: step "a" has extracted no "c"' });
  });
});
