import * as z from 'zod';
import { dataKeyField, namespaceField, objectNameField } from '../api/field-types.ts';
import type { WantedReference } from './definition.ts';

/** What a reference is made of. */
type ReferenceSchema = z.ZodObject<{
  name: z.ZodString;
  key: z.ZodOptional<z.ZodString>;
  namespace: z.ZodOptional<z.ZodString>;
}>;

/** A Secret or ConfigMap that the configuration names, as all references of issuers are written. */
export function objectReference(what: string, keyDescription: string): ReferenceSchema {
  return z.object(
    {
      name: objectNameField(`Name of the ${what}. Example: pki-ca.`),
      key: dataKeyField(keyDescription).optional(),
      namespace: namespaceField(
        `Namespace of the ${what}; as for authSecretRef it can only repeat what applies without it.`,
      ).optional(),
    },
    { error: ({ input }) => (typeof input === 'string' ? `must be a mapping, not text: {"name": "NAME"}` : undefined) },
  );
}

/** A reference as it is written in the configuration. */
export type WrittenReference = Readonly<z.output<ReturnType<typeof objectReference>>>;

/** The reference as the core is asked for it; none where nothing is written. See {@link WantedReference} for the others. */
export function wantedReference(
  id: string,
  kind: WantedReference['kind'],
  field: string,
  written: WrittenReference | undefined,
): readonly WantedReference[] {
  if (written === undefined) return [];
  const { name, namespace } = written;
  return [{ id, kind, field, name, ...(namespace === undefined ? {} : { namespace }) }];
}
