import * as z from 'zod';
import { durationField, type SpecRule } from '../../api/field-types.ts';
import type { SignerBlock } from '../../api/issuer.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { AuthorityParameters } from './authority.ts';
import { curveSizes, defaultCommonName, defaultCurveSize, defaultRsaSize, rsaSizes } from './defaults.ts';
import type { KeyParameters } from './keys.ts';

const printableText = /^\P{Cc}+$/u;

const defaults = {
  commonName: defaultCommonName,
  organization: 'external-issuer',
  keyAlgorithm: 'ECDSA',
  validity: '87600h',
} as const;
const defaultValidityMs = 87_600 * 3_600_000;

/** The inline block `mockCa`: what the CA that is made in memory looks like. No field has to be set. */
export const mockCaSchema = z
  .object({
    commonName: z
      .string()
      .min(1)
      .max(64)
      .regex(printableText, 'must not hold control characters')
      .describe(`Common name of the CA. Default: ${defaults.commonName}. Example: Team A test CA.`)
      .optional(),
    organization: z
      .string()
      .min(1)
      .max(64)
      .regex(printableText, 'must not hold control characters')
      .describe(`Organization in the name of the CA. Default: ${defaults.organization}. Example: Example Ltd.`)
      .optional(),
    keyAlgorithm: z
      .enum(['RSA', 'ECDSA', 'Ed25519'])
      .describe(`Algorithm of the CA's key. Default: ${defaults.keyAlgorithm}. Requests may have keys of any of the three.`)
      .optional(),
    keySize: z
      .int()
      .min(256)
      .max(4096)
      .describe(
        `Size of the CA's key in bits. RSA: 2048 (default), 3072 or 4096. ECDSA: 256 (default), 384 or 521. Ed25519 has no choice. ` +
          'Example: 384.',
      )
      .optional(),
    validity: durationField({
      description: `How long the CA certificate lasts, 1h to 876000h; no certificate outlives it. Default: ${defaults.validity} (10 years). Example: 720h.`,
      min: '1h',
      max: '876000h',
    }).optional(),
    pathLength: z
      .int()
      .min(0)
      .max(10)
      .describe('How many CAs may follow each other below this one; 0: it signs no CA certificates. Not set: any number.')
      .optional(),
  })
  .describe('The mock CA that is made in memory. Not set, or with no field set: all defaults. Not for production.');

/** The block once parsed; `validity` in milliseconds. */
export type MockCaConfig = Readonly<z.output<typeof mockCaSchema>>;

const rules: readonly SpecRule[] = [
  {
    rule: '!has(self.mockCa) || !(has(self.authSecretRef) || has(self.authSecretName))',
    message: 'the CA is the one in the Secret that authSecretRef names: remove mockCa, or remove authSecretRef',
    fieldPath: '.mockCa',
  },
  {
    rule: '!(has(self.configMapRef) || has(self.configRef)) || !(has(self.authSecretRef) || has(self.authSecretName))',
    message:
      'the CA is either the one in the Secret that authSecretRef (authSecretName) names or made from the ConfigMap that ' +
      'configMapRef (configRef) names: set only one of them',
  },
  {
    rule: '!has(self.authSecretRef) || !has(self.authSecretRef.key)',
    message: 'the mock CA reads the keys tls.crt and tls.key of the Secret: remove key',
    fieldPath: '.authSecretRef.key',
  },
  {
    rule:
      "!has(self.mockCa) || !has(self.mockCa.keySize) || (has(self.mockCa.keyAlgorithm) && self.mockCa.keyAlgorithm == 'RSA' " +
      `? self.mockCa.keySize in [${rsaSizes.join(', ')}] ` +
      `: (!has(self.mockCa.keyAlgorithm) || self.mockCa.keyAlgorithm == 'ECDSA') && self.mockCa.keySize in [${curveSizes.join(', ')}])`,
    message: 'keySize does not fit keyAlgorithm: RSA has 2048, 3072 or 4096, ECDSA (the default) 256, 384 or 521, Ed25519 none',
    fieldPath: '.mockCa.keySize',
  },
];

/** What the CRD says of the mock CA. */
export const mockCaBlock: Omit<SignerBlock, 'schema'> & { readonly schema: typeof mockCaSchema } = {
  type: 'mockca',
  block: 'mockCa',
  description:
    'A CA for tests, kept in the memory of the controller and lost with it, or in the Secret that authSecretRef names ' +
    '(tls.crt with the CA certificate and those above it, tls.key with its key). Not for production.',
  schema: mockCaSchema,
  rules,
};

/** The CA that a block asks for, defaults filled in; the error names the field. */
export function authorityParameters(config: MockCaConfig): Result<AuthorityParameters, string> {
  const key = keyParameters(config);
  if (!key.ok) return key;
  const {
    commonName = defaults.commonName,
    organization = defaults.organization,
    validity = defaultValidityMs,
    pathLength,
  } = config;
  return ok({
    commonName,
    organization,
    key: key.value,
    validitySeconds: validity / 1000,
    ...(pathLength === undefined ? {} : { pathLength }),
  });
}

/** The API server checks this too, but not in a ConfigMap. */
function keyParameters({ keyAlgorithm = defaults.keyAlgorithm, keySize }: MockCaConfig): Result<KeyParameters, string> {
  if (keyAlgorithm === 'Ed25519') {
    return keySize === undefined ? ok({ algorithm: 'Ed25519' }) : unfit(keySize, 'Ed25519', 'no choice; remove keySize');
  }
  if (keyAlgorithm === 'RSA') {
    const size = keySize ?? defaultRsaSize;
    return rsaSizes.includes(size) ? ok({ algorithm: 'RSA', size }) : unfit(size, 'RSA', rsaSizes.join(', '));
  }
  const size = curveSizes.find((bits) => bits === (keySize ?? defaultCurveSize));
  return size === undefined ? unfit(keySize, 'ECDSA', curveSizes.join(', ')) : ok({ algorithm: 'ECDSA', size });
}

function unfit(size: number | undefined, algorithm: string, choice: string): Result<never, string> {
  return err(`keySize: ${size} does not fit keyAlgorithm ${algorithm}, which has ${choice}`);
}
