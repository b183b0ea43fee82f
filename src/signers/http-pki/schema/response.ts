import * as z from 'zod';
import { withRules } from '../../../api/field-types.ts';
import { pathField, templateField } from './fields.ts';

/** What of an answer is read, and how. */
export const responseSchema = withRules(
  z.object({
    format: z
      .enum(['pem', 'der', 'base64', 'pkcs7', 'json', 'xml'])
      .describe(
        'What the body is. pem: PEM, certificates or PKCS #7. der: one certificate. base64: base64 of DER (certificate or PKCS #7) or of PEM. ' +
          'pkcs7: PKCS #7 in DER, base64 or PEM. json, xml: the fields below say where the certificates are.',
      )
      .default('pem'),
    certificateField: pathField(
      'json, xml: where the certificate is: PEM, base64 of DER, or PKCS #7; a list is read whole. Example: data.certificate.',
    ).optional(),
    chainField: pathField(
      'json, xml: where the certificates above it are, as one text or a list. Example: data.ca_chain.',
    ).optional(),
    caField: pathField('json, xml: where the root is. Example: data.issuing_ca.').optional(),
    errorField: pathField(
      'Where a refusal (in JSON or XML) says why; at most 200 characters of it are shown to requesters. Not set: nothing of it is. Example: errors.0.message.',
    ).optional(),
    errorCodeField: pathField("Where a refusal (in JSON or XML) has the CA's own code. Example: errors.0.code.").optional(),
    caUrl: templateField(
      'Path (or address with the origin of baseUrl) of the CA certificates, where the answer lacks them: PEM, DER, PKCS #7 or base64 of those. Example: /ca.pem.',
    ).optional(),
    caBundle: z
      .string()
      .max(131_072)
      .describe('PEM of the CA certificates: completes the chain where the answer lacks them, and is what ca.crt holds.')
      .optional(),
  }),
  [
    {
      rule: "has(self.certificateField) == (has(self.format) && self.format in ['json', 'xml'])",
      message:
        'certificateField says where in a JSON or XML answer the certificate is: set it with format json or xml, and with no other',
      fieldPath: '.certificateField',
    },
    {
      rule: "!(has(self.chainField) || has(self.caField)) || (has(self.format) && self.format in ['json', 'xml'])",
      message: 'chainField and caField are for format json and xml: remove them, or set format',
      fieldPath: '.format',
    },
    {
      rule: '!has(self.caUrl) || !has(self.caBundle)',
      message: 'caBundle already says what the CA certificates are: remove caUrl, or caBundle',
      fieldPath: '.caUrl',
    },
  ],
);

export type WrittenResponse = Readonly<z.output<typeof responseSchema>>;
