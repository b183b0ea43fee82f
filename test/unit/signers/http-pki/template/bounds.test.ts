import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileTemplate } from '../../../../../src/signers/http-pki/template/compile.ts';
import { compileStructure } from '../../../../../src/signers/http-pki/template/structure.ts';
import { withValues } from '../../../../../src/signers/http-pki/template/sign-values.ts';
import { busyMs } from '../support/busy.ts';
import { sampleValues } from './sample-values.ts';

const many = Array.from({ length: 100_000 }, (_, index) => `n${index}`);
const secret = { key: 'k'.repeat(4096), long: 'k'.repeat(4097) };
const values = withValues(
  { ...sampleValues(), secret },
  {
    steps: {
      big: { list: many, text: 'x'.repeat(200_000), texts: ['x'.repeat(200_000)], needle: `y${'x'.repeat(99_999)}` },
    },
  },
);
/** A machine that does much else at the same time still does in this what is bounded. */
const longestMs = 5000;
/** The time that is allowed, and some that it takes to see that it is over. */
const longestBusyMs = 300;

const bombs: Readonly<Record<string, string>> = {
  'loops in loops': '{% for a in steps.big.list %}{% for b in steps.big.list %}{{ a }}{% endfor %}{% endfor %}',
  'a loop without output': '{% for a in steps.big.list %}{% for b in steps.big.list %}{% endfor %}{% endfor %}',
  'small loops, deep': `${'{% for a in (1..50) %}'.repeat(8)}x${'{% endfor %}'.repeat(8)}`,
  'a large range': '{% for a in (1..1000000000) %}{% endfor %}',
  'text that doubles': `{% assign t = "xxxxxxxx" %}${'{% assign t = t | append: t %}'.repeat(40)}{{ t }}`,
  'text that doubles in a loop': '{% assign t = "x" %}{% for a in (1..60) %}{% assign t = t | append: t %}{% endfor %}{{ t }}',
  'replacements that multiply': "{{ steps.big.text | replace: 'x', steps.big.text }}",
  'searches without end': `{% if ${"steps.big.list contains 'zz' or ".repeat(200)}false %}{% endif %}`,
  'searches for a long text': '{% if steps.big.text contains steps.big.needle %}{% endif %}',
  'replacements of a long text': '{{ steps.big.text | remove: steps.big.needle }}',
  'a join with a long text': '{{ steps.big.texts | join: steps.big.needle }}',
  'hashes without end': '{{ steps.big.text | sha256 }}'.repeat(250),
  'signatures without end': '{% for a in (1..8000) %}{{ "a" | hmac: "key" }}{% endfor %}',
  'signatures in loops':
    '{% for a in (1..90) %}{% for b in (1..90) %}{% if "a" | hmac: "key" %}{% endif %}{% endfor %}{% endfor %}',
  'long text in a loop': `{% for a in (1..9000) %}${'y'.repeat(7000)}{% endfor %}`,
  'a long join': '{% for a in (1..300) %}{{ steps.big.list | json }}{% endfor %}',
};

describe('a template that costs without bound', () => {
  for (const [what, template] of Object.entries(bombs)) {
    test(`is stopped: ${what}`, () => {
      const compiled = compileTemplate(template, 'leaf');
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
      const rendered = compiled.value.render(values);
      assert.ok(!rendered.ok);
      assert.match(rendered.error, /too large or takes too long|longer than 256 KiB|longer than 1024 characters/);
      const took = busyMs(() => compiled.value.render(values));
      assert.ok(took < longestBusyMs, `${took} ms`);
    });
  }

  test('is compiled or refused soon, and never throws, where it is nested deeply', () => {
    const nested = [
      `${'{% if id %}'.repeat(700)}${'{% endif %}'.repeat(700)}`,
      '{% if id %}'.repeat(8000),
      `{{ secret${'[secret'.repeat(1000)}${']'.repeat(1000)} }}`,
      `{{ ${'('.repeat(5000)} }}`,
      `{{ id ${'| upcase '.repeat(900)} }}`,
      `{{ "${'\\'.repeat(8000)} }}`,
      '{{'.repeat(4000),
      `{% for a in san.dns %}${'{% for a in a %}'.repeat(250)}{{ a }}${'{% endfor %}'.repeat(251)}`,
    ];
    for (const template of nested) {
      const started = performance.now();
      const compiled = compileTemplate(template, 'leaf');
      if (compiled.ok) compiled.value.render(values);
      assert.ok(performance.now() - started < longestMs, template.slice(0, 30));
    }
  });

  test('does not get its bound anew in each leaf of a structure', () => {
    const leaf = '{% for a in (1..30000) %}{% endfor %}';
    const one = compileStructure([leaf], 'json');
    const two = compileStructure([leaf, leaf], 'json');
    assert.ok(one.ok && two.ok);
    assert.equal(one.value.render(values).ok, true);
    assert.equal(two.value.render(values).ok, false);
  });
});

describe('a signature', () => {
  test('is made with a key of 4 KiB at most', () => {
    const compiled = compileTemplate('{{ "a" | hmac: "key" }}{{ "a" | hmac: "long" }}', 'leaf');
    assert.ok(compiled.ok);
    assert.deepEqual(compiled.value.render(values), {
      ok: false,
      error: '{{ "a" | hmac: "long" }}: key "long" of the Secret has more than 4096 characters',
    });
  });
});

describe('a large request', () => {
  test('of a hundred names in a loop is well within the bounds', () => {
    const compiled = compileTemplate('{% for d in san.dns %}<n type="dns">{{ d }}</n>{% endfor %}{{ csr.pem }}', 'xml');
    assert.ok(compiled.ok);
    const dns = Array.from({ length: 1000 }, (_, index) => `host-${index}.example.com`);
    assert.equal(compiled.value.render({ ...values, san: { ...values.san, dns } }).ok, true);
  });

  test('of a CSR of 64 KiB in hexadecimal is rendered', () => {
    const compiled = compileTemplate('{{ csr.hex }}', 'raw');
    assert.ok(compiled.ok);
    assert.equal(compiled.value.render({ ...values, csr: { ...values.csr, hex: 'ab'.repeat(65_536) } }).ok, true);
  });
});
