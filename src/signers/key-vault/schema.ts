import * as z from 'zod';
import { type SpecRule, withRules } from '../../api/field-types.ts';
import type { SignerBlock } from '../../api/issuer.ts';
import { caBundleSchema, exactlyOne, pemSourceFields } from '../pem-source.ts';
import { digestAlgorithms } from '../../x509/signature-algorithm.ts';
import { clouds } from './clouds.ts';
import { authSchema } from './schema-auth.ts';

/** Vault objects are named so; https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
const objectName = z
  .string()
  .min(1)
  .max(127)
  .regex(/^[0-9a-zA-Z-]+$/, 'is not the name of an object in a vault: letters, digits and "-"');

const objectVersion = z
  .string()
  .max(32)
  .regex(/^[0-9a-f]{32}$/, 'is not a version: 32 hexadecimal digits, the last part of its identifier')
  .describe('Version, 32 hexadecimal digits. Not set: the newest one. Example: 0123456789abcdef0123456789abcdef.');

const vaultObject = (what: string) =>
  z.object({
    name: objectName.describe(`Name of the ${what}. Example: issuing-ca.`).optional(),
    version: objectVersion.optional(),
  });

const caCertificateFields = {
  vaultSecret: vaultObject('secret')
    .describe(
      'Secret of the vault that holds the CA certificate as PEM, and those above it. Its name is, where not set, keyName.',
    )
    .optional(),
  vaultCertificate: vaultObject('certificate')
    .describe(
      'Certificate of the vault. It holds no chain: where its issuer is another CA, set ca too. Its name is, where not set, keyName.',
    )
    .optional(),
  ...pemSourceFields,
};

const caCertificate = withRules(z.object(caCertificateFields), [
  exactlyOne(Object.keys(caCertificateFields), 'the CA certificate is in one place'),
]);

/** The inline block `keyVault`. */
export const keyVaultSchema = z
  .object({
    vaultUrl: z
      .string()
      .max(256)
      .regex(/^https:\/\/[0-9a-zA-Z.-]+(:[0-9]{1,5})?\/?$/, 'is not the address of a vault: https://NAME.vault.azure.net')
      .describe('Address of the vault, or of the managed HSM. Example: https://team-pki.vault.azure.net.'),
    keyName: objectName.describe("Name of the CA's key in the vault: RSA, RSA-HSM, EC or EC-HSM. Example: issuing-ca."),
    keyVersion: objectVersion
      .describe(
        'Version of the key, 32 hexadecimal digits. Not set: the one whose public key the CA certificate has, so that a key may be ' +
          'rotated before its certificate is. Example: 0123456789abcdef0123456789abcdef.',
      )
      .optional(),
    signatureAlgorithm: z
      .enum(digestAlgorithms)
      .describe(
        'How certificates are signed. RSA keys: RS256 (default) to RS512 or PS256 to PS512; P-256: ES256; P-384: ES384; P-521: ES512.',
      )
      .optional(),
    caCertificate: caCertificate
      .describe(
        'Where the CA certificate is, followed by those above it. Not set: in the secret of the vault that has the name of the key. ' +
          'What holds a private key is refused.',
      )
      .optional(),
    ca: caBundleSchema.optional(),
    auth: authSchema.prefault({}),
    cloud: z
      .enum(clouds)
      .describe(
        'The Azure cloud that tokens come from. Not set: that of the environment (AZURE_AUTHORITY_HOST, which workload identity sets), ' +
          'else public.',
      )
      .optional(),
  })
  .describe('The CA whose private key is in Azure Key Vault, which signs and never shows it.');

/** The block once parsed. */
export type KeyVaultConfig = Readonly<z.output<typeof keyVaultSchema>>;

const withSecret =
  "(has(self.keyVault.auth) && has(self.keyVault.auth.type) && self.keyVault.auth.type in ['clientSecret', 'clientCertificate'])";

const rules: readonly SpecRule[] = [
  {
    rule: 'has(self.keyVault) || has(self.configMapRef) || has(self.configRef)',
    message: 'signerType keyvault needs to know the vault and the key: set keyVault, or configMapRef',
    fieldPath: '.keyVault',
  },
  {
    rule: `!has(self.keyVault) || (has(self.authSecretRef) || has(self.authSecretName)) == ${withSecret}`,
    message:
      'keyVault.auth.type clientSecret and clientCertificate read the Secret that authSecretRef names, and no other type does: set both, or neither',
    fieldPath: '.keyVault',
  },
];

/** What the CRD says of this signer. */
export const keyVaultBlock: Omit<SignerBlock, 'schema'> & { readonly schema: typeof keyVaultSchema } = {
  type: 'keyvault',
  block: 'keyVault',
  description: 'A CA whose private key is in Azure Key Vault and never leaves it.',
  schema: keyVaultSchema,
  rules,
};
