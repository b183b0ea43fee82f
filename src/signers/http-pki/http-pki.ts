import type { SignerDefinition } from '../definition.ts';
import type { SignerDeps } from '../registry.ts';
import { explainFlatFields, readFlatPkiConfigMap } from './config/flat.ts';
import { pkiReferences } from './config/references.ts';
import { pkiBlock, type PkiConfig } from './schema/schema.ts';

/** The signer `pki`: any CA that is reached over HTTP, as the issuer describes its API. */
export function createHttpPkiSigner(deps: SignerDeps): SignerDefinition<PkiConfig> {
  return {
    ...pkiBlock,
    references: pkiReferences,
    readFlatConfigMap: readFlatPkiConfigMap,
    explainFlatFields,
    // Loaded where such an issuer exists: template engine, expressions and parsers cost memory that others need not pay.
    open: async (input) => (await import('./open.ts')).openHttpPki(input, deps),
    forget: () => undefined,
  };
}
