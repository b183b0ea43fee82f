import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validatePkiConfig } from '../../../../../src/signers/http-pki/config/validate.ts';
import { openHttpPki } from '../../../../../src/signers/http-pki/open.ts';
import { testSignersDeps } from '../../../support/signers.ts';
import { busyMs } from '../support/busy.ts';
import { least, parsePki, type Written } from './support/configs.ts';

const step = (body: Written): Written => ({ ...least, steps: [{ name: 'sign', url: '/sign', body }] });
const json = (value: unknown): Written => step({ json: { csr: '{{ csr.pem }}', value } });
const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);
const xml = (length: number): string => `<a>{{ csr.pem }}${'x'.repeat(length - 20)}</a>`;
const rules = (count: number): readonly Written[] =>
  Array.from({ length: count }, () => ({ when: 'status == 1 || '.repeat(68).slice(0, -4), outcome: 'failed' }));

const refused: readonly (readonly [what: string, written: Written, message: RegExp])[] = [
  ['a long text', json('x'.repeat(8193)), /^pki\.steps\[0\]\.body\.json\.value: has 8193 characters; at most 8192 are read$/],
  ['many tags that do not end', json('{% '.repeat(87_000)), /value: has 261000 characters/],
  ['many braces', json('{'.repeat(262_144)), /value: has 262144 characters/],
  ['many placeholders', json('{{uuid}}'.repeat(257)), /value: has more than 256 placeholders; use a loop/],
  [
    'long texts together',
    json(Array.from({ length: 9 }, () => 'x'.repeat(8000))),
    /\.value\[8\]: the requests have more than 65536/,
  ],
  ['long names', json({ ['k'.repeat(70_000)]: 1 }), /value\.k{64}: the requests have more than 65536 characters together/],
  [
    'many values',
    json(Array.from({ length: 4001 }, () => '')),
    /value\[\d+\]: the requests have more than 4000 values together/,
  ],
  ['deep values', json(nested(2000)), /is nested deeper than 32 levels/],
  [
    'long claims',
    { ...least, auth: { type: 'jwt', jwt: { claims: { a: 'x'.repeat(8193) } } } },
    /^pki\.auth\.jwt\.claims\.a: has 8193/,
  ],
  [
    'a long payload',
    { ...least, auth: { type: 'hmac', hmac: { payload: 'x'.repeat(8193) } } },
    /^pki\.auth\.hmac\.payload: has 8193/,
  ],
  ['many conditions', { ...least, rules: rules(20) }, /^pki\.rules: all conditions together, .* at most 16384 are read/],
];

describe('a configuration that is too large', () => {
  for (const [what, written, message] of refused) {
    test(`is refused at once: ${what}`, () => {
      const config = parsePki(written);
      const result = validatePkiConfig(config);
      assert.match(result.ok ? '' : result.error, message);
      assert.ok(busyMs(() => validatePkiConfig(config)) < 50);
    });
  }

  test('may have XML of 16 KiB', () => {
    assert.deepEqual(validatePkiConfig(parsePki(step({ xml: xml(16_384) }))), { ok: true, value: undefined });
  });
});

const longest = 8150;
/** One text of a template, as long as it may be, that takes as much time as it can. */
const costly: readonly (readonly [what: string, text: string])[] = [
  ['placeholders', `${'\n'.repeat(6000)}${'{{uuid}}'.repeat(256)}`],
  ['functions', `{{ uuid ${'|append:uuid'.repeat(670)}${'|upcase'.repeat(10)} }}`],
  ['names in brackets', `{{ secret${'[uuid]'.repeat(1350)} }}`],
  ['nested brackets', `{{ secret${'[secret'.repeat(1000)}${']'.repeat(1000)} }}`],
  ['alternatives', `{% if isCA ${'or isCA '.repeat(1010)}%}{% endif %}`],
  ['nested conditions', `${'{% if isCA %}'.repeat(128)}${'{% endif %}'.repeat(128)}`],
  ['nested loops', `${'{% for a in usages %}'.repeat(128)}${'{% endfor %}'.repeat(128)}`],
];

describe('the largest configuration that is allowed', () => {
  for (const [what, text] of costly) {
    test(`is opened in 300 ms: ${what}`, () => {
      assert.ok(text.length <= longest + 42, String(text.length));
      const value = [...Array.from({ length: Math.floor(64_000 / text.length) }, () => text), '{{ secret.token }}'];
      const config = parsePki({ ...json(value), rules: rules(16) });
      const input = {
        config,
        issuerUid: 'u',
        issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'a' },
        references: new Map(),
      };
      const secret = { where: 'Secret "a"', data: new Map([['token', Buffer.from('a')]]) };
      const open = () => openHttpPki({ ...input, authSecret: secret }, testSignersDeps());
      const opened = open();
      assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
      const took = busyMs(open);
      assert.ok(took < 300, `${took} ms`);
    });
  }

  test('is opened in 300 ms with as many conditions in as many requests', () => {
    const more = { url: '/more', rules: rules(2) };
    const steps = Array.from({ length: 6 }, (_, index) => ({
      name: `s${index}`,
      ...more,
      rules: rules(1),
      body: { json: '{{ csr.pem }}' },
    }));
    const config = parsePki({ ...least, steps, rules: rules(6), check: more });
    const input = {
      config,
      issuerUid: 'u',
      issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'a' },
      references: new Map(),
    };
    const open = (): boolean => openHttpPki(input, testSignersDeps()).ok;
    assert.ok(open());
    const took = busyMs(open);
    assert.ok(took < 300, `${took} ms`);
  });
});
