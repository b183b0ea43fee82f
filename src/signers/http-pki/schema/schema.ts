import * as z from 'zod';
import { durationField, type SpecRule } from '../../../api/field-types.ts';
import type { SignerBlock } from '../../../api/issuer.ts';
import { authSchema } from './auth.ts';
import { urlField } from './fields.ts';
import { networkSchema, tlsSchema } from './network.ts';
import { parametersSchema } from './parameters.ts';
import { pendingSchema, plainRequest, rulesField, stepSchema } from './request.ts';
import { responseSchema } from './response.ts';

const names = (what: string): z.ZodArray<z.ZodString> =>
  z
    .array(z.string().min(1).max(317))
    .max(32)
    .describe(`Keys of ${what} of a request that templates may use; requesters write them, so none is by default.`);

/** The block `pki`: the CA's API, described. The same fields are the keys of `pki-config.json` in a ConfigMap. */
export const pkiSchema = z
  .object({
    baseUrl: urlField("Address of the CA's API; the URLs of requests are below it. Example: https://pki.example.com/api."),
    backupUrl: urlField('Address in place of baseUrl, where nothing could be sent to that one or its check fails.').optional(),
    method: z.enum(['GET', 'POST']).describe('Method of the request that parameters make. Default: POST.').optional(),
    parameters: parametersSchema
      .describe('The one request of an older PKI, as pairs of parameters. Set either this or steps.')
      .optional(),
    steps: z
      .array(stepSchema)
      .min(1)
      .max(8)
      .describe('The requests that have a CSR signed, in this order; the certificate is read from the answer to the last.')
      .optional(),
    response: responseSchema.describe('How the certificate is read from the answer.').prefault({}),
    pending: pendingSchema
      .describe('For a CA that decides later: how it is asked. Not set: an answer 202 is an error.')
      .optional(),
    pollInterval: durationField({
      description: 'Time between two polls, 1s to 24h; Retry-After may lengthen it.',
      min: '1s',
      max: '24h',
    }).prefault('30s'),
    pollDeadline: durationField({
      description: 'A request that the CA has not decided on after this time fails, 1m to 8760h.',
      min: '1m',
      max: '8760h',
    }).prefault('168h'),
    rules: rulesField.optional(),
    auth: authSchema.describe('How the CA is shown who asks.').prefault({}),
    tls: tlsSchema.describe('How the server of the CA is known, and its client to it.').prefault({}),
    network: networkSchema.describe('Proxy, timeouts and limits.').prefault({}),
    check: plainRequest
      .extend({ rules: rulesField.optional() })
      .describe(
        'The request that shows whether the CA works, with the credentials of signing. Not set: GET of baseUrl, which must not answer 5xx, 401 or 403.',
      )
      .optional(),
    revoke: plainRequest
      .extend({ rules: rulesField.optional() })
      .describe(
        'The request that revokes a certificate ({{ serial.hex }}, {{ serial.decimal }}); only `external-issuer revoke` sends it.',
      )
      .optional(),
    allowedAnnotations: names('annotations').optional(),
    allowedLabels: names('labels').optional(),
  })
  .describe(
    'The API of a CA that is reached over HTTP. What the API is sent and what it answers is described here; see docs/pki.md.',
  );

/** The block once parsed: durations in milliseconds, defaults filled in. */
export type PkiConfig = Readonly<z.output<typeof pkiSchema>>;

const rules: readonly SpecRule[] = [
  {
    rule: 'has(self.pki) || has(self.configMapRef) || has(self.configRef)',
    message: 'signerType pki needs to know the API of the CA: set pki, or configMapRef',
    fieldPath: '.pki',
  },
  {
    rule: '!has(self.pki) || has(self.pki.parameters) != has(self.pki.steps)',
    message: 'set exactly one of parameters and steps: how the CSR is sent',
    fieldPath: '.pki.steps',
  },
  {
    rule: '!has(self.pki) || !has(self.pki.method) || has(self.pki.parameters)',
    message: 'method belongs to parameters; a step has its own method',
    fieldPath: '.pki.method',
  },
  {
    rule: '!has(self.pki) || !has(self.pki.parameters) || has(self.pki.parameters.getCSRParam)',
    message: 'set getCSRParam: a PKI that is not sent the CSR makes a key of its own, and its certificate fits no Secret',
    fieldPath: '.pki.parameters.getCSRParam',
  },
  {
    rule: '!has(self.pki) || !has(self.pki.parameters) || !has(self.pki.parameters.getKeyParam)',
    message: 'remove getKeyParam: it would ask the PKI for a private key, and private keys never leave the cluster',
    fieldPath: '.pki.parameters.getKeyParam',
  },
  {
    rule: '!has(self.pki) || has(self.pki.pending) || !(has(self.pki.pollInterval) || has(self.pki.pollDeadline))',
    message: 'pollInterval and pollDeadline mean nothing without pending: set pending, or remove them',
    fieldPath: '.pki.pending',
  },
  {
    rule: "!has(self.pki) || !(self.pki.baseUrl.startsWith('http://') || (has(self.pki.backupUrl) && self.pki.backupUrl.startsWith('http://'))) || (has(self.pki.tls) && has(self.pki.tls.allowPlaintext) && self.pki.tls.allowPlaintext)",
    message: 'http:// sends everything in plain text: use https://, or set tls.allowPlaintext to true',
    fieldPath: '.pki.baseUrl',
  },
];

/** What the CRD says of the signer. */
export const pkiBlock: Omit<SignerBlock, 'schema'> & { readonly schema: typeof pkiSchema } = {
  type: 'pki',
  block: 'pki',
  description:
    'A CA that is reached over HTTP, by its own API, which pki or the ConfigMap of configMapRef describes; the Secret that authSecretRef names holds the credential for it',
  schema: pkiSchema,
  rules,
};
