import type { Schema } from './value-shapes.ts';
import type { ChartValue } from './values.ts';

/** The JSON schema of the chart's values: nothing that values.yaml has not. */
export function valuesSchema(values: readonly ChartValue[]): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart external-issuer',
    type: 'object',
    additionalProperties: false,
    properties: {
      global: { type: 'object', description: 'What Helm gives a chart that is a part of another one; not used.' },
      ...propertiesOf(values),
    },
  };
}

function propertiesOf(values: readonly ChartValue[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(values.map((value) => [value.path.slice(value.path.lastIndexOf('.') + 1), schemaOf(value)]));
}

function schemaOf({ description, schema, below }: ChartValue): Schema {
  if (below.length === 0) return { description, ...schema };
  return { description, type: 'object', additionalProperties: false, properties: propertiesOf(below) };
}
