import { type PkiConfig, pkiSchema } from '../../../../../../src/signers/http-pki/schema/schema.ts';
import type { ReferencedData } from '../../../../../../src/signers/signer.ts';

/** A configuration with these parts, parsed. */
export function config(parts: Readonly<Record<string, unknown>> = {}): PkiConfig {
  return pkiSchema.parse({ baseUrl: 'https://pki.test', steps: [{ name: 'sign' }], ...parts });
}

/** A Secret of these texts. */
export function secret(data: Readonly<Record<string, string>>, name = 'tls-of-us'): ReferencedData {
  const entries = Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const);
  return { where: `Secret "${name}" in namespace "pki"`, data: new Map(entries) };
}

/** The objects that a configuration names, by their ids. */
export function references(objects: Readonly<Record<string, ReferencedData>>): {
  readonly references: ReadonlyMap<string, ReferencedData>;
} {
  return { references: new Map(Object.entries(objects)) };
}
