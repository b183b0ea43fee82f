import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileTemplate } from '../../../../../src/signers/http-pki/template/compile.ts';
import type { TemplateTarget } from '../../../../../src/signers/http-pki/template/contract.ts';
import { sampleValues } from './sample-values.ts';

const atCompileTime: readonly (readonly [template: string, error: RegExp, target?: TemplateTarget])[] = [
  ['{{ csr.pen }}', /line 1, column 4: there is no "csr\.pen"; did you mean "csr\.pem"\?/],
  ['a\n {{ csr.pen }}', /line 2, column 5/],
  ['{{ commonName }}', /did you mean "subject\.commonName"/],
  ['{{ .CSR }}', /did you mean "csr"/],
  ['{{ csr.constructor }}', /there is no "csr\.constructor"/],
  ['{{ __proto__ }}', /there is no "__proto__"/],
  ['{{ csr }}', /"csr" has parts: name one of pem/],
  ['{{ csr.pem.first }}', /"csr\.pem" has no parts/],
  ['{{ [id].pem }}', /line 1, column 4: a name must be written out, not stand in \[ \]/],
  ['{% assign csr = "a" %}{{ csr }}', /"csr" is the name of a value; give what assign or for make another name/],
  ['{% for secret in usages %}{{ secret }}{% endfor %}', /"secret" is the name of a value/],
  ['{% for a in usages %}{% endfor %}{{ a }}', /there is no "a"/],
  ['{{ csr[id] }}', /must be a name in quotes/],
  ['{{ san.dns.foo }}', /"san\.dns" is a list and has no "foo"/],
  ['{{ id | append: csr.pen }}', /did you mean "csr\.pem"/],
  ['{% if csr.pen %}{% endif %}', /did you mean "csr\.pem"/],
  ['{% for a in san.dnss %}{{ a }}{% endfor %}', /did you mean "san\.dns"/],
  ['{% for a in san.dns %}{{ b }}{% endfor %}', /there is no "b"/],
  ['{{ csr.pem | bse64 }}', /there is no function "bse64"; did you mean "base64"\?/],
  ['{% if csr.pem | foo %}{% endif %}', /there is no function "foo"/],
  ['{{ csr.pem | raw }}', /there is no function "raw"/],
  ['{{ csr.pem | date: "%s" }}', /there is no function "date"/],
  ['{{ csr.pem | optional }}', /optional can only end a field/],
  ['{{ csr.pem | base64: 1 }}', /"base64" takes 0 argument/],
  ['{{ csr.pem | append }}', /"append" takes 1 argument/],
  ['{{ csr.pem | append: a: 1 }}', /"append" takes 1 argument/],
  ['{{ csr.pem | hmac: "k", "md5" }}', /argument 2 of "hmac" is one of sha256/],
  ['{{ csr.pem, id }}', /", id" does not belong there/],
  ['{{ csr.pem ) }}', /"\) ?" does not belong there/],
  ['{{ csr.pem', /^line 1, column 1: "\{\{" is not closed; end it with "\}\}"$/],
  ['a\n{{ csr.pem }', /^line 2, column 1: "\{\{" is not closed/],
  ['{{ csr.pem } and {{ id }}', /^line 1, column 1: "\{\{" is not closed/],
  ['{% if id }', /^line 1, column 1: "\{%" is not closed; end it with "%\}"$/],
  [
    '{{ san.dns }}',
    /^line 1, column 1: "san\.dns" is a list, where a text is needed; end with \| json .*, or with \| join: ","/,
  ],
  ['{{ san["dns"] }}', /"san\.dns" is a list/],
  ['{{ san.dns | default: "none" }}', /"san\.dns" is a list/],
  ['{{ san.dns | slice: 0, 2 }}', /"san\.dns" is a list/],
  ['{{ san.dns | upcase }}', /"san\.dns" is a list/],
  ['{% if id %}{{ usages }}{% endif %}', /column 12: "usages" is a list/],
  ['<a>{{ san.dns }}</a>', /"san\.dns" is a list/, 'xml'],
  ['{{ request.labels }}', /"request\.labels" is a mapping, where a text is needed; name a part of it/],
  ['{% if id %}', /not closed/],
  ['{{ }}', /line 1/],
  ['{% include "package.json" %}', /there is no tag "include"; known are if/],
  ['{% render "package.json" %}', /there is no tag "render"/],
  ['{% layout "package.json" %}', /there is no tag "layout"/],
  ['{% raw %}{{ x }}{% endraw %}', /there is no tag "raw"/],
  ['{% liquid\n echo csr.pem %}', /there is no tag "liquid"/],
  ['{% # include "x" %}', /there is no tag "#"/],
  ['<a {{ id }}="x"/>', /not in the name of an element/, 'xml'],
  ['<{{ id }}/>', /not in the name of an element/, 'xml'],
  ['<a b={{ id }}/>', /without quotes/, 'xml'],
  ['<!-- {{ id }} -->', /not in a comment/, 'xml'],
  ['<a><![CDATA[{{ id }}]]></a>', /not in CDATA/, 'xml'],
  ['<!DOCTYPE {{ id }}>', /not in a declaration/, 'xml'],
  ['<a', /ends within a tag/, 'xml'],
];

describe('a template that can never be right', () => {
  for (const [template, error, target = 'leaf'] of atCompileTime) {
    test(`is refused with the place: ${target} ${JSON.stringify(template)}`, () => {
      const compiled = compileTemplate(template, target);
      assert.ok(!compiled.ok);
      assert.match(compiled.error, error);
    });
  }
});

const values = sampleValues({ commonName: 'a\r\nb', dns: ['a,b', 'c'], annotations: { team: '\u0000' } });

const atRenderTime: readonly (readonly [template: string, error: RegExp, target?: TemplateTarget])[] = [
  ['{{ secret.token }}', /^the Secret has no key "token"$/],
  ['{{ secret["constructor"] }}', /^the Secret has no key "constructor"$/],
  [
    '{{ request.annotations["example.com/x"] }}',
    /^annotation "example\.com\/x" is not on the request; add \| default: '\.\.\.' where that may be$/,
  ],
  ['{{ request.labels.tier }}', /^label "tier" is not on the request/],
  ['{{ steps.submit.id }}', /^no step "submit" comes before this request$/],
  ['{{ steps.login.id }}', /^step "login" has extracted no "id"$/],
  ['{{ auth.payload }}', /^the authentication gives no "payload" here$/],
  ['{{ subject.countries.first }}', /^"subject\.countries\.first" has no value/],
  ['{{ subject.countries | first }}', /^\{\{ subject\.countries \| first \}\}: it has no value/],
  ['{{ steps.login.nothing }}', /it has no value/],
  ['{% assign all = san.dns %}{{ all }}', /it is a list/],
  ['{{ steps.login }}', /it is a mapping/],
  ['{% assign all = san.dns %}{{ all | upcase }}', /it is a list/],
  ["{{ san.dns | join: ',' }}", /holds the separator/],
  ["{{ 'a' | join: ',' }}", /it is no list/],
  ["{{ 'a' | replace: '', 'b' }}", /nothing to replace/],
  ["{{ 'a b' | wrap }}", /not base64/],
  ["{{ 'a' | slice: 'x', 1 }}", /not a whole number/],
  ["{{ 'a' | hmac: 'none' }}", /the Secret has no key "none"/],
  ["{{ 'a' | hmac: 'hmac-key', 'sha256', 'hex', 'hex' }}", /key "hmac-key" of the Secret is empty or not written in hex/],
  ["{{ 'a' | hmac: 'hmac-key', subject.commonName }}", /must be one of sha256/],
  ['{% if san.dns == san.ip %}{% endif %}', /compares texts and numbers/],
  ['{{ subject.commonName }}', /^\{\{ subject\.commonName \}\}: its value holds a control character/, 'header'],
  ["{{ 'ä' }}", /not ASCII/, 'header'],
  ['<a>{{ request.annotations.team }}</a>', /XML does not allow/, 'xml'],
  ['/{{ request.namespace }}/{{ subject.serialNumber }}', /it is empty/, 'url'],
];

describe('a request that lacks what a template needs', () => {
  for (const [template, error, target = 'leaf'] of atRenderTime) {
    test(`is refused with what that is: ${target} ${template}`, () => {
      const compiled = compileTemplate(template, target);
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
      const rendered = compiled.value.render(values);
      assert.ok(!rendered.ok);
      assert.match(rendered.error, error);
      assert.doesNotMatch(rendered.error, /a\r|Jefe|\p{Cc}/u);
    });
  }

  test('is refused where a value is not valid Unicode', () => {
    for (const target of ['leaf', 'url', 'header', 'xml', 'raw'] as const) {
      const compiled = compileTemplate('{{ id }}', target);
      assert.ok(compiled.ok);
      assert.equal(compiled.value.render({ ...values, id: '\ud800' }).ok, false, target);
    }
  });
});
