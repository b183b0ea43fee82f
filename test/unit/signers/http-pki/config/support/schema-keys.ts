import * as z from 'zod';

/**
 * The keys of a schema that hold a value of their own, by their paths: `steps[].body.form`. What is written freely (JSON, a mapping
 * from names to texts, a list of texts) is one key.
 */
export function schemaKeys(schema: z.ZodType, path = ''): readonly string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    const entry = unwrap(inner.element as z.ZodType);
    return entry instanceof z.ZodObject ? schemaKeys(entry, `${path}[]`) : [path];
  }
  if (!(inner instanceof z.ZodObject)) return [path];
  return Object.entries(inner.shape).flatMap(([key, member]) =>
    schemaKeys(member as z.ZodType, path === '' ? key : `${path}.${key}`),
  );
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in as z.ZodType);
  const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? unwrap(schema.def.innerType as z.ZodType) : schema;
}
