import * as z from 'zod';
import { withRules } from '../../../api/field-types.ts';

/** A name or value of the parameter protocol: it is sent as it is, so it must not change the request's shape. */
function parameterText(description: string): z.ZodString {
  return z
    .string()
    .min(1, 'is empty; leave the key out')
    .max(64)
    .regex(/^[A-Za-z0-9._-]+$/, 'must be letters, digits, ".", "_" and "-"')
    .describe(description);
}

/**
 * The parameter protocol of older PKIs: one request of `key=value` pairs that name the subject, the DNS names and the CSR.
 * Escaping is added to what those PKIs were sent before: no value can add a parameter or an attribute.
 */
export const parametersSchema = withRules(
  z.object({
    paramFormat: z
      .enum(['ampersand', 'semicolon'])
      .describe(
        'How pairs are put together. ampersand: a form (k=v&k2=v2). semicolon: text/plain (k=v;k2=v2). With method GET both are the query.',
      )
      .default('ampersand'),
    newCertParam: parameterText('Parameter of a first request. Example: action.').optional(),
    newCertValue: parameterText('Its value; not set: none (semicolon: a bare key). Example: new.').optional(),
    renewCertParam: parameterText(
      'Parameter in place of newCertParam where a certificate is renewed (cert-manager.io/certificate-revision is above 1). Example: action.',
    ).optional(),
    renewCertValue: parameterText('Its value; not set: none (semicolon: a bare key). Example: renew.').optional(),
    subjectParam: parameterText('Parameter of the subject; not set: it is not sent. Example: subject.').optional(),
    subjectDNFormat: z
      .enum(['comma', 'slash'])
      .describe('How the subject is written. comma: CN=a,OU=b,O=c,L=d,ST=e,C=f. slash: /C=f/ST=e/L=d/O=c/OU=b/CN=a.')
      .default('comma'),
    dnsPrefix: parameterText(
      'Parameters of the DNS names are this and a number; not set: they are not sent. Example: DNS.',
    ).optional(),
    dnsStartIndex: z.int().min(0).max(1000).describe('Number of the first DNS name. Example: 1.').default(2),
    dnsMaxCount: z
      .int()
      .min(1)
      .max(500)
      .describe('How many DNS names the PKI takes; a request with more is refused, none is dropped. Example: 50.')
      .default(20),
    getCertParam: parameterText(
      'Parameter without a value that asks for the certificate in the answer. Example: getCERT.',
    ).optional(),
    getCSRParam: parameterText(
      'Parameter of the CSR. Required: a PKI that is not sent the CSR makes its own key. Example: csr.',
    ).optional(),
    csrFormat: z
      .enum(['derBase64', 'pem', 'pemBase64', 'derHex'])
      .describe('How the CSR is written in its parameter.')
      .default('derBase64'),
    getKeyParam: parameterText(
      'Refused: it would ask the PKI for a private key, and private keys never leave the cluster. Remove it.',
    ).optional(),
  }),
  [
    {
      rule: '(!has(self.newCertValue) || has(self.newCertParam)) && (!has(self.renewCertValue) || has(self.renewCertParam))',
      message: 'newCertValue and renewCertValue are values of newCertParam and renewCertParam: set those too',
      fieldPath: '.newCertParam',
    },
    {
      rule: 'has(self.dnsPrefix) || !(has(self.dnsStartIndex) || has(self.dnsMaxCount))',
      message: 'dnsStartIndex and dnsMaxCount mean nothing without dnsPrefix: set dnsPrefix too',
      fieldPath: '.dnsPrefix',
    },
    {
      rule: 'has(self.subjectParam) || !has(self.subjectDNFormat)',
      message: 'subjectDNFormat means nothing without subjectParam: set subjectParam too',
      fieldPath: '.subjectParam',
    },
  ],
);

export type WrittenParameters = Readonly<z.output<typeof parametersSchema>>;
