import * as z from 'zod';
import { formatDuration } from '../lib/duration.ts';
import { policyField } from './policy-fields.ts';
import { dataKeyField, durationField, namespaceField, objectNameField, withRules } from './field-types.ts';

const refNamespace = namespaceField(
  'Namespace of the object. For an ExternalIssuer it can only be the namespace of the issuer, and need not be set. For an ' +
    'ExternalClusterIssuer it is, where not set, the cluster resource namespace: by default the one the controller runs in.',
);

const configMapRef = z.object({
  name: objectNameField('Name of the ConfigMap. Example: pki-config.'),
  key: dataKeyField('Key of the ConfigMap that holds the document, in JSON or YAML.').default('pki-config.json'),
  namespace: refNamespace.optional(),
});

const authSecretRef = z.object({
  name: objectNameField('Name of the Secret. Example: pki-api-credentials.'),
  key: dataKeyField(
    'Key of the Secret that holds the credential, for signers that use a single value. Example: token.',
  ).optional(),
  namespace: refNamespace.optional(),
});

const healthCheck = z.object({
  enabled: z
    .boolean()
    .describe('Whether the issuer is checked again and again. When false, it is checked once after each change.')
    .default(true),
  interval: durationField({
    description: 'Time between two checks of a healthy issuer, 30s to 24h. Example: 5m.',
    min: '30s',
    max: '24h',
  }).prefault('10m'),
});

/** The delays that apply where they are not set; each gives way to the other where that one is set. */
export const defaultRetryDelays = { minMs: 5_000, maxMs: 600_000 } as const;
const defaultMinDelay = formatDuration(defaultRetryDelays.minMs);
const defaultMaxDelay = formatDuration(defaultRetryDelays.maxMs);

const retry = withRules(
  z.object({
    budget: durationField({
      description:
        'How long a request is tried again that failed for a reason outside itself, such as the network or an overloaded CA; ' +
        'counted from its first try. After that it fails for good. 0s: it is tried for ever. Example: 2h.',
      min: '0s',
    }).prefault('24h'),
    minDelay: durationField({
      description: `Time before the second try, 1s to 1h; it doubles with each further try. Default: ${defaultMinDelay}. Example: 30s.`,
      min: '1s',
      max: '1h',
    }).optional(),
    maxDelay: durationField({
      description: `Longest time between two tries, 1s to 24h, at least minDelay. Default: ${defaultMaxDelay}. Example: 30m.`,
      min: '1s',
      max: '24h',
    }).optional(),
  }),
  [
    {
      rule:
        "!has(self.minDelay) || !has(self.maxDelay) || (self.minDelay + self.maxDelay).matches('[dw]') || " +
        'duration(self.minDelay) <= duration(self.maxDelay)',
      message: 'maxDelay must be at least minDelay',
      fieldPath: '.maxDelay',
    },
  ],
);

const rateLimit = withRules(
  z.object({
    requests: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe('How many calls the CA gets in the time of `per`. Not set: no limit. Example: 20.')
      .optional(),
    per: durationField({
      description: 'The time that requests counts over, 1s to 24h. Default: 1s. Example: 1m.',
      min: '1s',
      max: '24h',
    }).optional(),
    burst: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe('How many calls may follow each other at once after a quiet time. Default: the value of requests. Example: 50.')
      .optional(),
    maxInFlight: z
      .int()
      .min(1)
      .max(1000)
      .describe("How many calls may await the CA's answer at the same time. Default: 32. Example: 4.")
      .optional(),
  }),
  [
    {
      rule: 'has(self.requests) || !(has(self.per) || has(self.burst))',
      message: 'per and burst mean nothing without requests: set requests too',
      fieldPath: '.requests',
    },
  ],
);

/** The fields of an issuer's spec that do not depend on its signer. */
export const commonFields = {
  configMapRef: configMapRef
    .describe(
      "ConfigMap that holds the signer's configuration, in place of the signer's own block in this spec: the document has the " +
        'same fields as the block. When the ConfigMap changes, the issuer is checked anew.',
    )
    .optional(),
  configRef: configMapRef.describe('Another name of configMapRef; set only one of them.').optional(),
  authSecretRef: authSecretRef
    .describe(
      'Secret that the signer signs or authenticates with; the description of signerType says what it must hold. When the ' +
        'Secret changes, the issuer is checked anew.',
    )
    .optional(),
  authSecretName: objectNameField(
    'Short form of authSecretRef that has only the name; set only one of them. Example: pki-api-credentials.',
  ).optional(),
  healthCheck: healthCheck.describe('How often the issuer is checked. Its Ready condition says what was found.').prefault({}),
  retry: retry.describe('How requests are tried again when the CA, or the way to it, fails.').prefault({}),
  verify: z
    .enum(['default', 'strict'])
    .describe(
      'What becomes of a certificate that is good but differs from the request: more names, another subject, other usages, another ' +
        'lifetime. default: it is written, with a Warning event. strict: the request fails.',
    )
    .default('default'),
  policy: policyField.prefault({}),
  rateLimit: rateLimit.describe('How much the CA is asked at most, over all requests of this issuer.').optional(),
};
