import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileParameters } from '../../../../../src/signers/http-pki/config/parameters.ts';
import type { HttpRequest } from '../../../../../src/signers/network/exchange.ts';
import { parametersSchema } from '../../../../../src/signers/http-pki/schema/parameters.ts';
import { sampleValues, type SampleRequest } from './support/values.ts';

type Written = Readonly<Record<string, unknown>>;

const base = new URL('https://pki.example.com/cgi/pki.cgi');
const csr = sampleValues().csr;

const legacy: Written = {
  paramFormat: 'semicolon',
  newCertParam: 'new',
  newCertValue: '1',
  renewCertParam: 'renew',
  renewCertValue: '1',
  subjectParam: 'subject',
  subjectDNFormat: 'slash',
  dnsPrefix: 'DNS',
  getCSRParam: 'csr',
  getCertParam: 'getCERT',
};

const fullSubject = {
  commonName: 'a.example',
  organizations: ['Example Ltd'],
  organizationalUnits: ['One', 'Two'],
  countries: ['DE'],
  provinces: ['Hessen'],
  localities: ['Kassel'],
  streetAddresses: ['Only in the CSR 1'],
};

function render(written: Written, request: SampleRequest = {}, method: 'GET' | 'POST' = 'POST', url = base): HttpRequest {
  const template = compileParameters(parametersSchema.parse(written), method, 'pki.parameters');
  assert.ok(template.ok);
  const rendered = template.value.render(sampleValues(request), url);
  assert.ok(rendered.ok);
  return rendered.value;
}

function bodyOf(request: HttpRequest): string {
  return Buffer.from(request.body ?? []).toString('utf8');
}

describe('the parameter protocol', () => {
  test('with semicolons is text/plain, in a fixed order, and its base64 stays readable', () => {
    const request = render(legacy, { subject: fullSubject, dns: ['a.example', 'b.example'] });
    assert.equal(request.method, 'POST');
    assert.equal(request.url.href, base.href);
    assert.equal(request.headers.get('content-type'), 'text/plain');
    assert.match(csr.base64, /[+/].*=$/);
    assert.equal(
      bodyOf(request),
      `new=1;subject=/C=DE/ST=Hessen/L=Kassel/O=Example Ltd/OU=One/OU=Two/CN=a.example;DNS2=a.example;DNS3=b.example;csr=${csr.base64};getCERT`,
    );
  });

  test('with ampersands is a form in the same order', () => {
    const request = render({ ...legacy, paramFormat: 'ampersand', subjectDNFormat: 'comma' }, { subject: fullSubject });
    assert.equal(request.headers.get('content-type'), 'application/x-www-form-urlencoded');
    assert.deepEqual(
      [...new URLSearchParams(bodyOf(request))],
      [
        ['new', '1'],
        ['subject', 'CN=a.example,OU=Two,OU=One,O=Example Ltd,L=Kassel,ST=Hessen,C=DE'],
        ['DNS2', 'a.example'],
        ['csr', csr.base64],
        ['getCERT', ''],
      ],
    );
  });

  test('with GET is the query, behind what the URL has already', () => {
    const withQuery = new URL('https://pki.example.com/cgi?profile=web');
    const form = render({ ...legacy, paramFormat: 'ampersand' }, {}, 'GET', withQuery);
    assert.equal(form.body, undefined);
    assert.equal(form.headers.size, 0);
    assert.equal(form.url.searchParams.get('profile'), 'web');
    assert.equal(form.url.searchParams.get('csr'), csr.base64);
    const escaped = csr.base64.replaceAll('+', '%2B');
    const semicolons = render(legacy, {}, 'GET', withQuery);
    assert.equal(semicolons.url.search, `?profile=web;new=1;subject=/CN=a.example;DNS2=a.example;csr=${escaped};getCERT`);
    assert.equal(render({ getCSRParam: 'csr', paramFormat: 'semicolon' }, {}, 'GET').url.search, `?csr=${escaped}`);
    assert.equal(withQuery.search, '?profile=web', 'the base URL is not changed');
  });

  test('uses the parameter of renewals from the second revision on, where there is one', () => {
    assert.match(bodyOf(render(legacy, { revision: 2 })), /^renew=1;subject/);
    assert.match(
      bodyOf(render({ ...legacy, renewCertParam: undefined, renewCertValue: undefined }, { revision: 2 })),
      /^new=1;subject/,
    );
    assert.match(bodyOf(render({ ...legacy, newCertValue: undefined })), /^new;subject/);
    const same = { ...legacy, newCertParam: 'action', newCertValue: 'new', renewCertParam: 'action', renewCertValue: 'renew' };
    assert.match(bodyOf(render(same, { revision: 3 })), /^action=renew;/);
  });

  test('writes the CSR as csrFormat says', () => {
    const pem = bodyOf(render({ getCSRParam: 'p10', csrFormat: 'pem', paramFormat: 'semicolon' }));
    assert.equal(pem, `p10=${csr.pem.replaceAll('\n', '%0A').replaceAll('=', '%3D')}`);
    assert.equal(
      bodyOf(render({ getCSRParam: 'p10', csrFormat: 'pemBase64', paramFormat: 'semicolon' })),
      `p10=${csr.pemBase64}`,
    );
    assert.equal(bodyOf(render({ getCSRParam: 'p10', csrFormat: 'derHex' })), `p10=${csr.hex}`);
  });

  const subjects: readonly (readonly [string, SampleRequest, string])[] = [
    ['slash', { subject: { commonName: 'x/O=Evil' } }, String.raw`/CN=x\/O%3DEvil`],
    ['slash', { subject: { commonName: 'x;renew=1' } }, '/CN=x%3Brenew%3D1'],
    ['slash', { subject: { commonName: 'a\\' } }, String.raw`/CN=a\\`],
    ['slash', { subject: { commonName: 'ä%\n' } }, '/CN=%C3%A4%25%0A'],
    ['slash', { subject: { commonName: ' a ' } }, '/CN=%20a%20'],
    ['slash', { subject: { commonName: 'a+O=b' } }, String.raw`/CN=a\+O%3Db`],
    ['comma', { subject: { commonName: 'a,O=b' } }, String.raw`CN=a\,O%3Db`],
    ['comma', { subject: { commonName: 'a+O=b' } }, String.raw`CN=a\+O%3Db`],
    ['comma', { subject: { commonName: '#1', organizations: ['"x"'] } }, String.raw`CN=\#1,O=\"x\"`],
    ['comma', { subject: { commonName: '' }, dns: ['first.example', 'b'] }, 'CN=first.example'],
    ['slash', { subject: { commonName: '{{ secret.token }}' } }, '/CN={{ secret.token }}'],
  ];
  for (const [format, request, written] of subjects) {
    test(`writes the subject ${JSON.stringify(request)} as ${written}`, () => {
      const body = bodyOf(render({ ...legacy, subjectDNFormat: format, dnsPrefix: undefined }, request));
      assert.equal(body, `new=1;subject=${written};csr=${csr.base64};getCERT`);
    });
  }

  test('leaves the subject out where there is nothing to write', () => {
    assert.equal(bodyOf(render(legacy, { subject: { commonName: '' }, dns: [] })), `new=1;csr=${csr.base64};getCERT`);
  });

  test('refuses a request with more DNS names than the PKI takes, and drops none', () => {
    const template = compileParameters(parametersSchema.parse({ ...legacy, dnsMaxCount: 2, dnsStartIndex: 0 }), 'POST', 'p');
    assert.ok(template.ok);
    const two = template.value.render(sampleValues({ dns: ['a', 'b'] }), base);
    assert.ok(two.ok);
    assert.match(bodyOf(two.value), /;DNS0=a;DNS1=b;/);
    const three = template.value.render(sampleValues({ dns: ['a', 'b', 'c'] }), base);
    assert.ok(!three.ok);
    assert.equal(three.error.code, 'TooManyNames');
    assert.match(three.error.message, /3 DNS names.*takes 2 \(pki\.parameters\.dnsMaxCount\)/);
  });

  const refused: readonly (readonly [string, Written, RegExp])[] = [
    ['no CSR', { newCertParam: 'new' }, /^pki\.parameters\.getCSRParam: required/],
    [
      'a private key',
      { ...legacy, getKeyParam: 'getKEY' },
      /^pki\.parameters\.getKeyParam: .*never leave the cluster; remove it/,
    ],
    ['a value without its name', { getCSRParam: 'csr', newCertValue: '1' }, /newCertValue: .*newCertParam/],
    ['a renewal value without its name', { getCSRParam: 'csr', renewCertValue: '1' }, /renewCertValue: .*renewCertParam/],
    ['numbers without DNS names', { getCSRParam: 'csr', dnsStartIndex: 1 }, /dnsStartIndex: means nothing without dnsPrefix/],
    ['a limit without DNS names', { getCSRParam: 'csr', dnsMaxCount: 1 }, /dnsMaxCount: means nothing without dnsPrefix/],
    ['a format of no subject', { getCSRParam: 'csr', subjectDNFormat: 'slash' }, /subjectDNFormat: means nothing/],
    ['two parameters of one name', { getCSRParam: 'csr', subjectParam: 'csr' }, /getCSRParam: is "csr", as subjectParam is/],
    ['the name of a DNS parameter', { getCSRParam: 'DNS4', dnsPrefix: 'DNS' }, /getCSRParam: is "DNS4", which is also/],
  ];
  for (const [what, written, message] of refused) {
    test(`refuses ${what}`, () => {
      const compiled = compileParameters(parametersSchema.parse(written), 'POST', 'pki.parameters');
      assert.ok(!compiled.ok);
      assert.match(compiled.error, message);
    });
  }
});
