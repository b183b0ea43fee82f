import * as z from 'zod';
import type { SpecRule } from '../../api/field-types.ts';
import type { SignerBlock } from '../../api/issuer.ts';
import { signatureAlgorithms } from '../../x509/signature-algorithm.ts';
import { caBundleSchema } from '../pem-source.ts';

/** The inline block `secretCa`. No field has to be set. */
export const secretCaSchema = z
  .object({
    signatureAlgorithm: z
      .enum(signatureAlgorithms)
      .describe(
        'How certificates are signed. RSA keys: RS256 (default) to RS512 or PS256 to PS512; P-256: ES256; P-384: ES384; P-521: ES512; Ed25519.',
      )
      .optional(),
    ca: caBundleSchema.optional(),
  })
  .describe('The CA whose certificate and private key are in the Secret that authSecretRef names. Not set: all defaults.');

/** The block once parsed. */
export type SecretCaConfig = Readonly<z.output<typeof secretCaSchema>>;

const rules: readonly SpecRule[] = [
  {
    rule: 'has(self.authSecretRef) || has(self.authSecretName)',
    message: 'secretca signs with the CA in a Secret (tls.crt and tls.key): set authSecretRef',
    fieldPath: '.authSecretRef',
  },
  {
    rule: '!has(self.authSecretRef) || !has(self.authSecretRef.key)',
    message: 'the CA is read from the keys tls.crt and tls.key of the Secret: remove key',
    fieldPath: '.authSecretRef.key',
  },
];

/** What the CRD says of this signer. */
export const secretCaBlock: Omit<SignerBlock, 'schema'> & { readonly schema: typeof secretCaSchema } = {
  type: 'secretca',
  block: 'secretCa',
  description:
    'A CA whose certificate (tls.crt, followed by those above it; its root may be in ca.crt) and private key (tls.key) are in the Secret ' +
    'that authSecretRef names. ' +
    'Whoever reads the Secret can sign: prefer a CA whose key stays elsewhere.',
  schema: secretCaSchema,
  rules,
};
