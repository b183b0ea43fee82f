import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRecord } from '../../../../../src/signers/http-pki/template/record.ts';
import { compileStructure } from '../../../../../src/signers/http-pki/template/structure.ts';
import { sampleValues } from './sample-values.ts';

const values = sampleValues({ annotations: { team: '' } });

function render(structure: unknown): unknown {
  const compiled = compileStructure(structure, 'body.json');
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
  const rendered = compiled.value.render(values);
  assert.ok(rendered.ok, rendered.ok ? '' : rendered.error);
  return rendered.value;
}

const structures: readonly (readonly [what: string, written: unknown, expected: unknown])[] = [
  [
    'texts, and scalars as they are',
    { a: 'x{{ duration.days }}', b: [1, true, null, 1.5] },
    { a: 'x90', b: [1, true, null, 1.5] },
  ],
  ['a number', '{{ duration.days | json }}', 90],
  ['a number with white space around', ' {{- duration.days | json -}}\n', 90],
  ['a boolean', { a: '{{isCA|json}}' }, { a: false }],
  ['a list', ['{{ san.dns | json }}'], [['a.example', 'b.example']]],
  [
    'a mapping and null',
    ['{{ steps.login | json }}', '{{ steps.login.nothing | json }}'],
    [{ ...values.steps['login'] }, null],
  ],
  ['JSON as text beside other text', 'x {{ san.dns | json }}', 'x ["a.example","b.example"]'],
  ['a text that stays one', "{{ '5' | json }}", '5'],
  ['a text that looks like the end', `{{ "a | json" }}`, 'a | json'],
  ['what is absent left out', { a: '{{ subject.serialNumber | optional }}', b: 'x' }, { b: 'x' }],
  [
    'lists without their empty entries',
    ['{{ subject.countries | json | optional }}', '{{ san.ip | first | optional }}'],
    ['10.0.0.1'],
  ],
  [
    'either order',
    { a: '{{ san.ip | optional | json }}', b: '{{ subject.countries | optional | json }}' },
    { a: ['10.0.0.1'] },
  ],
  ['an annotation that is missing', { a: '{{ request.annotations["other"] | upcase | optional }}' }, {}],
  ['an annotation that is empty', { a: '{{ request.annotations.team | optional }}' }, {}],
  ['a key of the Secret that is missing', { a: '{{ secret.none | optional }}', b: '{{ steps.none.x | optional }}' }, {}],
  ['a default before optional', { a: "{{ secret.none | default: 'd' | optional }}" }, { a: 'd' }],
];

describe('a structure', () => {
  for (const [what, written, expected] of structures) {
    test(`holds ${what}`, () => assert.deepEqual(render(written), expected));
  }

  test('holds false, which is not nothing', () =>
    assert.deepEqual(render({ a: '{{ isCA | json | optional }}' }), { a: false }));

  test('keeps a key __proto__ as the key that it is', () => {
    const rendered = render(JSON.parse('{"__proto__":{"a":"{{ id }}x"},"constructor":"y"}'));
    assert.equal(JSON.stringify(rendered), '{"__proto__":{"a":"x"},"constructor":"y"}');
    assert.equal(({} as { a?: string }).a, undefined);
  });

  const deep = (levels: number): unknown => (levels === 0 ? 'x' : [deep(levels - 1)]);
  const refused: readonly (readonly [what: string, written: unknown, error: RegExp])[] = [
    ['an unknown name', { a: [{ b: '{{ csr.pen }}' }] }, /^body\.json\.a\[0\]\.b: line 1, column 4: there is no "csr\.pen"/],
    ['an unknown name in a value', { a: '{{ csr.pen | json }}' }, /^body\.json\.a: .*did you mean "csr\.pem"/],
    ['a placeholder in a key', { '{{ csr.pem }}': 1 }, /^body\.json: key ".*" holds a placeholder/],
    ['a tag in a key', { '{% if id %}': 1 }, /holds a placeholder/],
    ['a list without an end', { a: { b: '{{ san.dns }}' } }, /^body\.json\.a\.b: line 1, column 1: "san\.dns" is a list/],
    ['a list that is optional', { a: '{{ san.dns | optional }}' }, /"san\.dns" is a list/],
    ['optional beside text', { a: 'x{{ id | optional }}' }, /optional can only end a field/],
    ['optional in the middle', { a: '{{ id | optional | upcase }}' }, /optional can only end a field/],
    ['an optional whole', '{{ id | optional }}', /^body\.json: the whole cannot be optional/],
    ['more than 32 levels', deep(33), /nested deeper than 32 levels/],
    ['more than 2,000 values', Array.from({ length: 2000 }, () => 1), /more than 2000 values/],
    ['what is no JSON', { a: [Number.NaN] }, /^body\.json\.a\[0\]: it is no JSON value/],
    ['nothing', { a: undefined }, /^body\.json\.a: it is no JSON value/],
  ];
  for (const [what, written, error] of refused) {
    test(`is refused with ${what}`, () => {
      const compiled = compileStructure(written, 'body.json');
      assert.ok(!compiled.ok);
      assert.match(compiled.error, error);
    });
  }

  test('may have 32 levels and 2,000 values', () => {
    assert.ok(compileStructure(deep(32), 'json').ok);
    assert.ok(
      compileStructure(
        Array.from({ length: 1999 }, () => 1),
        'json',
      ).ok,
    );
  });

  test('names the path where a value is missing', () => {
    const compiled = compileStructure({ a: ['x', '{{ secret.none }}', '{{ secret.none | json }}'] }, 'body.json');
    assert.ok(compiled.ok);
    const rendered = compiled.value.render(values);
    assert.deepEqual(rendered, { ok: false, error: 'body.json.a[1]: the Secret has no key "none"' });
  });
});

describe('a mapping', () => {
  const pairsOf = (written: Record<string, string>, target?: 'header'): unknown => {
    const compiled = compileRecord(written, 'form', target);
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
    const rendered = compiled.value.render(values);
    return rendered.ok ? rendered.value : rendered.error;
  };

  test('repeats the name for each entry of a list, and leaves out what is absent', () => {
    const written = {
      dns: '{{ san.dns | json }}',
      days: '{{ duration.days | json }}',
      c: '{{ subject.countries | first | optional }}',
      z: '',
    };
    assert.deepEqual(pairsOf(written), [
      ['dns', 'a.example'],
      ['dns', 'b.example'],
      ['days', '90'],
      ['z', ''],
    ]);
    assert.deepEqual(pairsOf({ none: '{{ subject.countries | json }}' }), []);
  });

  test('refuses what is no text', () => {
    assert.match(String(pairsOf({ a: '{{ steps.login | json }}' })), /^form\.a: a parameter is a text/);
    assert.match(String(pairsOf({ a: '{{ steps.login.nothing | json }}' })), /^form\.a: a parameter is a text/);
    assert.match(String(pairsOf({ a: '{{ san.dns | json }}' }, 'header')), /^form\.a: a header is a text/);
    assert.match(String(pairsOf({ a: "{{ 'ä' | optional }}" }, 'header')), /^form\.a: \{\{ 'ä' \| optional \}\}: .*not ASCII/);
    const named = compileRecord({ '{{ id }}': 'x' }, 'form');
    assert.match(named.ok ? '' : named.error, /the name holds a placeholder/);
    const unknown = compileRecord({ a: '{{ csr.pen }}' }, 'form');
    assert.match(unknown.ok ? '' : unknown.error, /^form\.a: line 1/);
  });
});
