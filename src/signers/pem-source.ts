import * as z from 'zod';
import { withRules } from '../api/field-types.ts';
import { objectReference } from './references.ts';

/** Characters of PEM that are written in a spec itself. */
const longestInlinePem = 131_072;

/** The fields of a place that holds certificates as PEM in the cluster; exactly one is to be set. */
export const pemSourceFields = {
  secretRef: objectReference('Secret', 'Key of the PEM. Default: ca.crt, else tls.crt.')
    .describe('Secret that holds the certificates.')
    .optional(),
  configMapRef: objectReference('ConfigMap', 'Key of the PEM. Default: ca.crt, else tls.crt.')
    .describe('ConfigMap that holds the certificates.')
    .optional(),
  inline: z.string().min(1).max(longestInlinePem).describe('The certificates themselves, as PEM.').optional(),
};

/** One field and no other of a set of places; `at` names the field they are in. */
export function exactlyOne(fields: readonly string[], what: string): { rule: string; message: string } {
  return {
    rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(set, set).size() == 1`,
    message: `${what}: set exactly one of ${fields.join(', ')}`,
  };
}

/** The bundle for ca.crt, which every signer with a CA certificate takes. */
export const caBundleSchema = withRules(z.object(pemSourceFields), [
  exactlyOne(Object.keys(pemSourceFields), 'what ca.crt holds is in one place'),
]).describe(
  'The certificates that ca.crt of the Secrets holds, in place of the root of the CA certificate: the old and the new root while a ' +
    'CA is being replaced. Not set: the root, or the highest certificate that is known.',
);

/** A bundle as it is written. */
export type WrittenPemSource = Readonly<z.output<z.ZodObject<typeof pemSourceFields>>>;
