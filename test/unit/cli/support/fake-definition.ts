import * as z from 'zod';
import { ok } from '../../../../src/lib/result.ts';
import type { SignerDefinition } from '../../../../src/signers/definition.ts';
import type { Signer, SignerInput } from '../../../../src/signers/signer.ts';
import { createFakeSigner, type FakeSigner } from '../../issuing/support/fake-signer.ts';

const schema = z.object({
  level: z.int().max(9).default(1),
  secrets: z.array(z.object({ name: z.string() })).optional(),
});

/** A signer type `fake` whose signer plays a script, and what it was opened with. */
export interface FakeDefinition {
  readonly definition: SignerDefinition;
  readonly signer: FakeSigner;
  readonly inputs: SignerInput<unknown>[];
}

/** @param more what the signer can do besides. */
export function fakeDefinition(more: Partial<Signer> = {}): FakeDefinition {
  const signer = createFakeSigner();
  const inputs: SignerInput<unknown>[] = [];
  const definition: SignerDefinition<z.output<typeof schema>> = {
    type: 'fake',
    block: 'fake',
    description: 'Plays a script',
    schema,
    rules: [],
    references: ({ secrets = [] }) =>
      secrets.map(({ name }, index) => ({ id: `secret-${index}`, kind: 'Secret', field: `secrets[${index}]`, name })),
    open: async (input) => {
      inputs.push(input);
      return ok({ ...signer, ...more });
    },
    forget: () => undefined,
  };
  return { definition, signer, inputs };
}
