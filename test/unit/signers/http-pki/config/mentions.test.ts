import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mentioned, requestValues } from '../../../../../src/signers/http-pki/config/mentions.ts';
import { configFor, tryOpen } from '../signer/support/lab.ts';
import { parsePki } from './support/configs.ts';

const ways: readonly string[] = [
  '{{ secret.token }}',
  '{{\nsecret.token }}',
  '{{\tsecret.token\t}}',
  '{{\r\n  secret.token\r\n}}',
  '{{-secret.token-}}',
  '{{ secret["token"] }}',
  '{{ ["secret"].token }}',
  '{{ ["\\u0073ecret"].token }}',
  '{%- if secret.token -%}a{%- endif -%}',
  '{% if uuid == "a" %}{% elsif\nsecret.token == "a" %}b{% endif %}',
  '{% unless secret.token == "a" %}b{% endunless %}',
  '{% assign s = secret.token %}{{ s }}',
  '{% assign\ts = secret %}{{ s.token }}',
  '{% for s in secret %}{{ s | first }}{% endfor %}',
  '{% for a in san.dns limit: secret.token %}{{ a }}{% endfor %}',
  '{% for a in (1..secret.size) %}{{ a }}{% endfor %}',
  '{{ uuid | append: secret.token }}',
  '{{ steps.a[secret.token] }}',
  '{{ "a" | hmac: "token" }}',
  '{{ secret.token | json | optional }}',
  '{% assign secret = "a" %}{{ secret.token }}',
];

function bodyWith(text: string): Readonly<Record<string, unknown>> {
  return { steps: [{ name: 'sign', url: '/sign', body: { json: { csr: '{{ csr.pem }}', text } } }] };
}

describe('a use of the Secret', () => {
  for (const way of ways) {
    test(`is seen in ${JSON.stringify(way)}, so that it does not go in plain text`, async () => {
      const written = configFor('http://127.0.0.1:1', bodyWith(way));
      const opened = await tryOpen(written, {
        secret: { token: 'hunter2hunter2' },
        deps: { allowPlaintextCredentials: false },
      });
      assert.equal(opened.ok, false);
      // Templates that no compiler takes are refused before anything else, or for that.
      assert.match(
        opened.ok ? '' : opened.error.message,
        /in plain text|does not extract|no step before|name of a value|requesters write/,
      );
    });
  }

  test('that there is none leaves plain text allowed, and makes a Secret useless', async (t) => {
    const written = configFor('http://127.0.0.1:1', bodyWith('{{ csr.pem }}'));
    const opened = await tryOpen(written, { deps: { allowPlaintextCredentials: false } });
    assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
    t.after(async () => opened.value.close());
    const useless = await tryOpen(written, { secret: { token: 'hunter2hunter2' } });
    assert.match(useless.ok ? '' : useless.error.message, /would not be used/);
  });

  test('is not seen in words', () => {
    const words = 'secret {{ id }} {{ "secret.token" }} hmac {{ csr.pem }} {% comment %}{{ secret.token }}{% endcomment %}';
    assert.equal(mentioned(parsePki({ baseUrl: 'https://a', ...bodyWith(words) }), ['secret']), false);
  });

  for (const text of [
    '{% assign k = "secret" %}{{ [k].token }}',
    '{{ [uuid].token }}',
    '{% for k in usages %}{{ [k].a }}{% endfor %}',
  ]) {
    test(`cannot be computed: ${text}`, async () => {
      const opened = await tryOpen(configFor('https://127.0.0.1:1', bodyWith(text)));
      assert.match(
        opened.ok ? '' : opened.error.message,
        /steps\[0\]\.body\.json\.text: .*must be written out, not stand in \[ \]/,
      );
    });
  }
});

describe('a credential that names its request', () => {
  for (const sub of [
    '{{\nsubject.commonName }}',
    '{{ subject["commonName"] }}',
    '{%- if isCA -%}a{%- endif -%}',
    '{% assign s = san %}{{ s.dns | first }}',
  ]) {
    test(`is known by ${JSON.stringify(sub)}`, () => {
      const auth = { type: 'jwt', jwt: { claims: { sub } } };
      const config = parsePki({ baseUrl: 'https://a', ...bodyWith('a'), auth });
      assert.equal(mentioned(config, requestValues, ['login', 'credential']), true);
    });
  }

  test('is not one because requests do', () => {
    const auth = { type: 'jwt', jwt: { claims: { iss: '{{ issuer.name }} request', now: '{{ now.unix | json }}' } } };
    const config = parsePki({ baseUrl: 'https://a', ...bodyWith('{{ request.uid }}'), auth });
    assert.equal(mentioned(config, requestValues, ['login', 'credential']), false);
  });
});
