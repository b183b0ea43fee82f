import type * as z from 'zod';
import type { SignerBlock } from '../api/issuer.ts';
import type { Result } from '../lib/result.ts';
import type { ConfigProblem, Signer, SignerInput } from './signer.ts';

/**
 * What a signer is to the rest of the project: the CRD's enum, its inline block and its rules come from here, and so
 * does the signer itself. To add a signer is to write one of these and to name it in registry.ts.
 */
export interface SignerDefinition<Config = unknown> extends SignerBlock {
  readonly schema: z.ZodObject & z.ZodType<Config>;
  /** Said once in an event for each issuer of this type, where its users must know what they have: a test CA, say. */
  readonly caution?: string;
  /** Opens the signer for one issuer; the same input gives an equal signer. The network is not used before `check`. */
  open(input: SignerInput<Config>): Promise<Result<Signer, ConfigProblem>>;
  /** The issuer with that uid is gone: what was kept for it may go too. */
  forget(issuerUid: string): void;
}
