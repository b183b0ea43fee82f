import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { compileTemplate } from '../../../../../src/signers/http-pki/template/compile.ts';
import type { TemplateTarget } from '../../../../../src/signers/http-pki/template/contract.ts';
import { sampleValues } from './sample-values.ts';

const values = sampleValues({ commonName: 'Ärger & Söhne', annotations: { team: 'Blue', 'example.com/team': '' } });
const { csr } = values;

function render(text: string, target: TemplateTarget = 'leaf'): string {
  const compiled = compileTemplate(text, target);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
  const rendered = compiled.value.render(values);
  assert.ok(rendered.ok, rendered.ok ? '' : rendered.error);
  return rendered.value;
}

const hmac = (encoding: 'hex' | 'base64') => createHmac('sha256', 'Jefe').update('abc').digest(encoding);

const cases: readonly (readonly [template: string, expected: string])[] = [
  ['no placeholder, but }} and %}', 'no placeholder, but }} and %}'],
  ['{{ csr.pem }}', csr.pem],
  ['CN={{ subject.commonName }}!', 'CN=Ärger & Söhne!'],
  ["{{ request.annotations['team'] | downcase }}{{ request.annotations.team | upcase }}", 'blueBLUE'],
  ["{{ request.annotations['example.com/team'] | default: 'none' }}", 'none'],
  ["{{ request.annotations.other | default: 'none' }}", 'none'],
  ['{{ secret.other | default: subject.commonName }}', 'Ärger & Söhne'],
  ['{{ isCA | default: 7 }} {{ isCA }}', '7 false'],
  [
    '{{ san.dns | first }} {{ san.dns | last }} {{ san.dns | size }} {{ san.dns[1] }} {{ san.dns.first }}',
    'a.example b.example 2 b.example a.example',
  ],
  ["{{ san.dns | join: ', ' }}", 'a.example, b.example'],
  ["{{ 'b' | append: 'c' | prepend: 'a' }}", 'abc'],
  ["{{ 'a.b.c' | replace: '.', '$&' }} {{ 'a.b' | remove: '.' }}", 'a$&b$&c ab'],
  [
    "[{{ ' a ' | strip }}] {{ 'abcd' | slice: 1, 2 }} {{ 'abcd' | slice: -2, 9 }} {{ san.dns | slice: 1, 1 | first }}",
    '[a] bc cd b.example',
  ],
  [
    '{{ san.dns | json }} {{ subject.commonName | json }} {{ duration.days | json }}',
    '["a.example","b.example"] "Ärger & Söhne" 90',
  ],
  ["{{ 'ä?' | base64 }} {{ 'ä?' | base64url }} {{ 'ä' | hex }}", 'w6Q/ w6Q_ c3a4'],
  ["{{ 'abc' | sha256 }}", createHash('sha256').update('abc').digest('hex')],
  ["{{ 'a b/ä(*)' | urlencode }}", 'a%20b%2F%C3%A4%28%2A%29'],
  ["{{ 'abc' | hmac: 'hmac-key' }}", hmac('hex')],
  ["{{ 'abc' | hmac: 'hmac-key', 'sha256', 'base64' }}", hmac('base64')],
  ["{{ 'abc' | hmac: 'hex-key', 'sha256', 'hex', 'hex' }}", hmac('hex')],
  ["{{ 'abc' | hmac: 'base64-key', 'sha256', 'hex', 'base64' }}", hmac('hex')],
  ['{{ csr.base64 | wrap }}', csr.pem.replaceAll(/-----[^\n]*\n/g, '')],
  ['{% if san.ip.size > 0 and isCA == false %}{{ san.ip | first }}{% else %}-{% endif %}', '10.0.0.1'],
  [
    '{% unless isCA %}leaf{% endunless %}{% if request.annotations.none %}x{% elsif subject.serialNumber %}y{% endif %}',
    'leaf',
  ],
  [
    '{% for d in san.dns %}{{ forloop.index }}={{ d }}{% unless forloop.last %};{% endunless %}{% endfor %}',
    '1=a.example;2=b.example',
  ],
  ["{% assign n = san.dns | first | append: '.' %}{% comment %}{{ ignored }}{% endcomment %}{{ n }}", 'a.example.'],
  ["{% if san.dns contains 'b.example' %}yes{% endif %}{% if subject.commonName contains 'Ä' %}!{% endif %}", 'yes!'],
  ['{{ steps.login.count }} {{ steps.login.list | json }}', '3 ["x","y"]'],
];

describe('a template', () => {
  for (const [template, expected] of cases) {
    test(`renders ${template}`, () => assert.equal(render(template), expected));
  }
});

const escaped: readonly (readonly [target: TemplateTarget, template: string, expected: string])[] = [
  ['url', '/a/{{ subject.commonName }}', '/a/%C3%84rger%20%26%20S%C3%B6hne'],
  ['url', "/a/{{ 'b c' | urlencode }}", '/a/b%20c'],
  ['header', "x {{ 'a;b' }}", 'x a;b'],
  ['xml', `<a b="{{ '"<&' }}">{{ "'>" | append: csr.base64 }}</a>`, `<a b="&quot;&lt;&amp;">&apos;&gt;${csr.base64}</a>`],
  ['xml', '<?xml version="1.0"?><!-- c --><a><![CDATA[x]]></a>', '<?xml version="1.0"?><!-- c --><a><![CDATA[x]]></a>'],
  ['raw', '{{ csr.pem }}', csr.pem],
  ['raw', '{{ csr.base64 }} {{ csr.derBase64 }}', `${csr.base64} ${csr.base64}`],
  ['raw', '{{ csr.base64url }} {{ csr.hex }} {{ csr.pemBase64 }}', `${csr.base64url} ${csr.hex} ${csr.pemBase64}`],
  ['raw', '{{ csr.base64 | wrap }}', csr.pem.replaceAll(/-----[^\n]*\n/g, '')],
  ['raw', '{{ now.rfc3339 }} {{ duration.days }} {{ uuid }}', `2026-01-02T03:04:05Z 90 ${values.uuid}`],
  ['raw', '{{ auth.signature }} {{ subject.slash }}', 'c2lnbmF0dXJl/w== %2FO%3DExample%2FCN%3D%C3%84rger%20%26%20S%C3%B6hne'],
  ['raw', "{{ 'a;b' | json }} {{ 'a;b' | base64 }} {{ 'a;b' | urlencode }}", '"a\\u003bb" YTti a%3Bb'],
  [
    'raw',
    '{{ san.typed | json }}',
    '["DNS\\u003aa.example","DNS\\u003ab.example","IP\\u003a10.0.0.1","URI\\u003aspiffe\\u003a\\u002f\\u002fa\\u002fb","email\\u003aa\\u0040b.example"]',
  ],
];

describe('a value', () => {
  for (const [target, template, expected] of escaped) {
    test(`in ${target} is written as ${target} needs it: ${template}`, () => assert.equal(render(template, target), expected));
  }

  test('that is a key in a dry run still gives a signature', () => {
    const compiled = compileTemplate("{{ 'abc' | hmac: 'k', 'sha256', 'hex', 'hex' }}", 'leaf');
    assert.ok(compiled.ok);
    assert.equal(compiled.value.render({ ...values, secret: { k: '***' } }).ok, true);
  });
});
