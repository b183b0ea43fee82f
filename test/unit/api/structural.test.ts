import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { structural } from '../../../src/api/structural.ts';

function of(schema: z.ZodType): unknown {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' }), 'spec');
}

describe('structural', () => {
  const cases: readonly { readonly what: string; readonly schema: z.ZodType; readonly structural: unknown }[] = [
    {
      what: 'an object, without the additionalProperties that zod writes for strict ones',
      schema: z.strictObject({ a: z.boolean().describe('A.') }),
      structural: { type: 'object', required: ['a'], properties: { a: { description: 'A.', type: 'boolean' } } },
    },
    {
      what: 'a default, as words before the example',
      schema: z.object({ a: z.string().max(9).describe('A. Example: y.').default('x') }),
      structural: {
        type: 'object',
        properties: { a: { description: 'A. Default: x. Example: y.', type: 'string', maxLength: 9 } },
      },
    },
    {
      what: 'the text a transformation starts from',
      schema: z.string().max(3).transform(Number).prefault('12').describe('N.'),
      structural: { description: 'N. Default: 12.', type: 'string', maxLength: 3 },
    },
    {
      what: 'a default that is an object, by leaving it out',
      schema: z.object({}).prefault({}),
      structural: { type: 'object', properties: {} },
    },
    { what: 'a whole number, without the bounds of JavaScript', schema: z.int(), structural: { type: 'integer' } },
    {
      what: 'a whole number with bounds of its own',
      schema: z.int().min(1).max(9),
      structural: { type: 'integer', minimum: 1, maximum: 9 },
    },
    {
      what: 'whole numbers to choose from',
      schema: z.literal([2048, 4096]),
      structural: { type: 'integer', enum: [2048, 4096] },
    },
    { what: 'a time, without the pattern', schema: z.iso.datetime(), structural: { type: 'string', format: 'date-time' } },
    {
      what: 'base64, as the format byte without the pattern',
      schema: z.base64().max(99),
      structural: { type: 'string', format: 'byte', maxLength: 99 },
    },
    {
      what: 'anything at all',
      schema: z.unknown(),
      structural: { 'x-kubernetes-preserve-unknown-fields': true },
    },
    {
      what: 'a number or a text',
      schema: z.union([z.string(), z.int()]),
      structural: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    },
    {
      what: 'a map',
      schema: z.record(z.string(), z.boolean()).meta({ maxProperties: 4 }),
      structural: { type: 'object', maxProperties: 4, additionalProperties: { type: 'boolean' } },
    },
    {
      what: 'a list with the rules in its metadata',
      schema: z
        .array(z.boolean())
        .max(2)
        .meta({ 'x-kubernetes-validations': [{ rule: 'true' }] }),
      structural: { type: 'array', maxItems: 2, 'x-kubernetes-validations': [{ rule: 'true' }], items: { type: 'boolean' } },
    },
  ];
  for (const { what, schema, structural: wanted } of cases) {
    test(`writes ${what}`, () => assert.deepEqual(of(schema), wanted));
  }

  const refused: readonly { readonly what: string; readonly schema: z.ZodType; readonly message: RegExp }[] = [
    {
      what: 'a union of objects',
      schema: z.union([z.object({}), z.boolean()]),
      message: /spec: a union of boolean and object/,
    },
    {
      what: 'a discriminated union',
      schema: z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
      message: /spec: has no type, but oneOf/,
    },
    {
      what: 'a text without an upper bound',
      schema: z.object({ a: z.string().describe('A.') }),
      message: /spec\.a: has no maxLength/,
    },
    { what: 'a list without an upper bound', schema: z.array(z.boolean()), message: /spec: has no maxItems/ },
    { what: 'a map without an upper bound', schema: z.record(z.string(), z.boolean()), message: /spec: has no maxProperties/ },
    { what: 'a field without a description', schema: z.object({ a: z.boolean() }), message: /spec\.a: has no description/ },
    {
      what: 'a pattern that looks ahead',
      schema: z
        .string()
        .max(9)
        .regex(/^(?=a)b/),
      message: /RE2/,
    },
    {
      what: 'a pattern that refers back',
      schema: z
        .string()
        .max(9)
        .regex(/^(a)\1$/),
      message: /RE2/,
    },
    {
      what: 'a field in a list that is not described',
      schema: z.array(z.object({ a: z.boolean() })).max(1),
      message: /spec\[\]\.a: has no description/,
    },
  ];
  for (const { what, schema, message } of refused) {
    test(`refuses ${what}`, () => assert.throws(() => of(schema), message));
  }
});
