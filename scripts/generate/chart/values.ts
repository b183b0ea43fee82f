import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { valueShapes, type Schema } from './value-shapes.ts';

/** A value of the chart: from values.yaml, its comment there, and what it may be. */
export interface ChartValue {
  /** `metrics.port`. */
  readonly path: string;
  readonly description: string;
  readonly fallback: unknown;
  readonly schema: Schema;
  /** The values in it; none where it is a leaf. */
  readonly below: readonly ChartValue[];
}

/**
 * Reads values.yaml.
 * @throws where a value has no comment, or a shape is for no value: the message names it.
 */
export function readChartValues(text: string): readonly ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  const used = new Set<string>();
  const values = valuesIn(contents, '', used);
  const unused = Object.keys(valueShapes).filter((key) => !used.has(key));
  if (unused.length > 0) throw new Error(`value-shapes.ts has shapes for ${unused.join(', ')}, which values.yaml has not`);
  return values;
}

function valuesIn(map: YAMLMap, prefix: string, used: Set<string>): readonly ChartValue[] {
  return map.items.map(({ key, value }, index) => {
    if (!isScalar(key)) throw new Error(`values.yaml: a key below ${prefix} is no word`);
    const word = String(key.value);
    const path = prefix + word;
    // The comment above the first key belongs to the map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
    // Above a blank line is what is said of the whole file.
    const description = ((comment ?? '').split(/\n\s*\n/).at(-1) ?? '').replaceAll(/\s+/g, ' ').trim();
    if (description === '') throw new Error(`values.yaml: ${path} has no comment`);
    const shapeKey = [path, word].find((candidate) => valueShapes[candidate] !== undefined);
    const fallback = isMap(value) || typeof value === 'object' ? (value as YAMLMap | null)?.toJSON() : value;
    if (shapeKey !== undefined) {
      used.add(shapeKey);
      return { path, description, fallback, schema: { ...valueShapes[shapeKey] }, below: [] };
    }
    if (isMap(value)) {
      return { path, description, fallback, schema: { type: 'object' }, below: valuesIn(value, `${path}.`, used) };
    }
    return { path, description, fallback, schema: { type: typeNamed(fallback, path) }, below: [] };
  });
}

function typeNamed(fallback: unknown, path: string): 'boolean' | 'string' {
  if (typeof fallback === 'boolean' || typeof fallback === 'string')
    return typeof fallback === 'boolean' ? 'boolean' : 'string';
  throw new Error(`values.yaml: ${path} is no boolean, text or map; say what it may be in value-shapes.ts`);
}
