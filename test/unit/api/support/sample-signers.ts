import * as z from 'zod';
import type { SignerBlock } from '../../../../src/api/issuer.ts';

/** A signer whose block may be left out, with a rule of its own. */
export const paperSigner: SignerBlock = {
  type: 'paper',
  block: 'paper',
  description: 'Signs on paper',
  schema: z.object({
    ink: z.enum(['blue', 'black']).default('blue').describe('Colour of the ink. Example: black.'),
    seal: z
      .object({ text: z.string().max(20).describe('Text of the seal.') })
      .describe('The seal.')
      .optional(),
    clerks: z
      .array(z.object({ name: z.string().max(20).describe('Name of the clerk.') }))
      .max(3)
      .describe('Who may sign.')
      .optional(),
  }),
  rules: [{ rule: '!has(self.authSecretRef)', message: 'paper needs no credentials', fieldPath: '.authSecretRef' }],
};

/** A signer that cannot do without its block or a document in its place. */
export const waxSigner: SignerBlock = {
  type: 'wax',
  block: 'waxSeal',
  description: 'Seals with wax.',
  schema: z.object({ grams: z.int().min(1).max(50).describe('Weight of the wax in grams.') }),
  rules: [],
};

export const sampleSigners: readonly SignerBlock[] = [paperSigner, waxSigner];
