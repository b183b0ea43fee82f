import type * as z from 'zod';
import type { SignerBlock } from '../api/issuer.ts';
import type { Result } from '../lib/result.ts';
import type { ConfigProblem, Signer, SignerInput } from './signer.ts';

/** A Secret or ConfigMap that a signer's configuration names; it must be where all references of the issuer must be. */
export interface WantedReference {
  /** How the signer finds it in `SignerInput.references`: `tls.ca`. */
  readonly id: string;
  readonly kind: 'Secret' | 'ConfigMap';
  /** From the block on, for messages: `tls.caSecretRef`. */
  readonly field: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * What a signer is to the rest of the project: the CRD's enum, its inline block and its rules come from here, and so
 * does the signer itself. To add a signer is to write one of these and to name it in registry.ts.
 */
export interface SignerDefinition<Config = unknown> extends SignerBlock {
  readonly schema: z.ZodObject & z.ZodType<Config>;
  /** Said once in an event for each issuer of this type, where its users must know what they have: a test CA, say. */
  readonly caution?: string;
  /** The Secrets and ConfigMaps that a configuration names, besides the issuer's own `authSecretRef`. */
  references?(config: Config): readonly WantedReference[];
  /**
   * Reads a ConfigMap that has not the key of a document but keys of its own: gives the block in the form of the schema,
   * before it is parsed, or undefined where none of the signer's keys is there.
   */
  readFlatConfigMap?(data: ReadonlyMap<string, Uint8Array>): Result<unknown, string> | undefined;
  /** Says in a message about a configuration that was read so which of its keys are meant. */
  explainFlatFields?(message: string): string;
  /** Opens the signer for one issuer; the same input gives an equal signer. The network is not used before `check`. */
  open(input: SignerInput<Config>): Promise<Result<Signer, ConfigProblem>>;
  /** The issuer with that uid is gone: what was kept for it may go too. */
  forget(issuerUid: string): void;
}
