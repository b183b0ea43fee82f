import { ok } from '../lib/result.ts';
import type { ReadReference, Reference, ReferenceProblem } from '../issuing/references.ts';

/** A reference that leads nowhere. */
export interface BadReference {
  readonly reference: Reference;
  readonly problem: ReferenceProblem;
}

/** A reader that goes on where one reference leads nowhere, so that all such references are found at once. */
export interface AllReferences {
  readonly read: ReadReference;
  /** What could not be read so far. */
  readonly bad: readonly BadReference[];
}

/**
 * Makes such a reader: in the place of what cannot be read comes an object without data, so what is made of it must not
 * be used where {@link AllReferences.bad} holds anything. Without its ConfigMap a configuration cannot be known at all.
 */
export function readAllReferences(read: ReadReference): AllReferences {
  const bad: BadReference[] = [];
  return {
    bad,
    async read(reference, signal) {
      const result = await read(reference, signal);
      if (result.ok) return result;
      bad.push({ reference, problem: result.error });
      const isConfiguration = /^spec\.config(?:Map)?Ref$/.test(reference.field);
      return isConfiguration ? result : ok({ where: '', data: new Map(), resourceVersion: '' });
    },
  };
}
