import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { parseFields, unknownFields } from '../../../src/lib/fields.ts';

const schema = z.object({
  name: z.string().min(2).max(4),
  size: z.int().min(1).max(9).default(3),
  mode: z.enum(['fast', 'safe']).optional(),
  steps: z
    .array(z.object({ on: z.boolean() }))
    .max(2)
    .prefault([]),
  inner: z.object({ word: z.string().transform((word) => word.length) }).optional(),
});

describe('parseFields', () => {
  const cases: readonly { readonly what: string; readonly value: unknown; readonly problems: readonly string[] }[] = [
    { what: 'a missing field', value: {}, problems: ['root.name: required, but missing'] },
    { what: 'a wrong type', value: { name: 5 }, problems: ['root.name: must be text, not a whole number'] },
    { what: 'null', value: { name: null }, problems: ['root.name: must be text, not null'] },
    {
      what: 'a fraction',
      value: { name: 'ab', size: 1.5 },
      problems: ['root.size: must be a whole number, not a number with a fraction'],
    },
    { what: 'a text too short', value: { name: 'a' }, problems: ['root.name: must be at least 2 characters long'] },
    { what: 'a text too long', value: { name: 'abcde' }, problems: ['root.name: must be at most 4 characters long'] },
    { what: 'a number too large', value: { name: 'ab', size: 10 }, problems: ['root.size: must be at most 9'] },
    {
      what: 'a value that is none of those known',
      value: { name: 'ab', mode: 'x' },
      problems: ['root.mode: must be one of fast, safe'],
    },
    {
      what: 'an entry of a list',
      value: { name: 'ab', steps: [{ on: true }, { on: 'yes' }] },
      problems: ['root.steps[1].on: must be true or false, not text'],
    },
    {
      what: 'a list too long',
      value: { name: 'ab', steps: [{ on: true }, { on: true }, { on: true }] },
      problems: ['root.steps: must be at most 2 entries long'],
    },
    { what: 'a list for a mapping', value: [], problems: ['root: must be a mapping, not a list'] },
    {
      what: 'several fields at once',
      value: { size: 0, inner: {} },
      problems: ['root.name: required, but missing', 'root.size: must be at least 1', 'root.inner.word: required, but missing'],
    },
  ];
  for (const { what, value, problems } of cases) {
    test(`names the field and the fix for ${what}`, () => {
      assert.deepEqual(parseFields(schema, value, 'root'), { ok: false, error: problems });
    });
  }

  test('fills in defaults', () => {
    assert.deepEqual(parseFields(schema, { name: 'ab', inner: { word: 'four' } }, 'root'), {
      ok: true,
      value: { name: 'ab', size: 3, steps: [], inner: { word: 4 } },
    });
  });

  test('never repeats a value, which may be a secret', () => {
    const result = parseFields(schema, { name: 'hunter2-hunter2', mode: 'hunter2' }, 'root');
    assert.ok(!result.ok);
    assert.doesNotMatch(result.error.join(), /hunter2/);
  });

  test('lists at most five problems of a value that is wrong throughout', () => {
    const many = z.object(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, z.string()])));
    const result = parseFields(many, {}, 'root');
    assert.ok(!result.ok);
    assert.equal(result.error.length, 5);
  });
});

describe('unknownFields', () => {
  const cases: readonly { readonly what: string; readonly value: unknown; readonly problems: readonly string[] }[] = [
    {
      what: 'nothing in a value that is known throughout',
      value: { name: 'a', steps: [{ on: true }], inner: { word: 'w' } },
      problems: [],
    },
    { what: 'a misspelt key', value: { nmae: 'a' }, problems: ['root: unknown key "nmae"; did you mean "name"?'] },
    {
      what: 'a key like no other',
      value: { colour: 'red' },
      problems: ['root: unknown key "colour"; remove it; known are name, size, mode, steps, inner'],
    },
    {
      what: 'a key below an optional field',
      value: { inner: { words: 1 } },
      problems: ['root.inner: unknown key "words"; did you mean "word"?'],
    },
    {
      what: 'a key in a list',
      value: { steps: [{}, { onn: 1 }] },
      problems: ['root.steps[1]: unknown key "onn"; did you mean "on"?'],
    },
    {
      what: 'a key that every object inherits',
      value: JSON.parse('{"__proto__": {}}'),
      problems: ['root: unknown key "__proto__"; remove it; known are name, size, mode, steps, inner'],
    },
    {
      what: 'a key that belongs one level down',
      value: { word: 'w' },
      problems: ['root: unknown key "word"; did you mean root.inner.word?'],
    },
    { what: 'nothing in what is no mapping', value: 'text', problems: [] },
  ];
  for (const { what, value, problems } of cases) {
    test(`finds ${what}`, () => assert.deepEqual(unknownFields(schema, value, 'root'), problems));
  }

  test('takes the block that is there for a key that several blocks have, and guesses none where that is not clear', () => {
    const block = z.object({ url: z.string() }).optional();
    const blocks = z.object({ first: block, second: block, curl: z.string().optional() });
    const advice = (value: object): string | undefined => unknownFields(blocks, value, 'spec')[0];
    assert.equal(advice({ second: {}, url: '' }), 'spec: unknown key "url"; did you mean spec.second.url?');
    assert.equal(advice({ url: '' }), 'spec: unknown key "url"; did you mean "curl"?');
    assert.equal(advice({ first: {}, second: {}, url: '' }), 'spec: unknown key "url"; did you mean "curl"?');
  });
});
