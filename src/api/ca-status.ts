import * as z from 'zod';

const fields = {
  ca: z
    .object({
      subject: z.string().max(1024).describe('Subject of the CA certificate, as RFC 4514 writes it.'),
      serialNumber: z
        .string()
        .max(128)
        .regex(/^[0-9a-f]+$/)
        .describe('Serial number of the CA certificate, hexadecimal.'),
      notAfter: z.iso.datetime().describe('When the CA certificate ends, in RFC 3339. Nothing is issued after that.'),
      keyId: z
        .string()
        .max(1024)
        .describe('Where the key of the CA is, with its version. Example: https://team.vault.azure.net/keys/ca/0123….'),
    })
    .describe(
      'The CA that signs, where the signer knows it: what the last check that passed, of this version of the spec, found. To be looked at: ' +
        'signing never reads it.',
    ),
  caCertificate: z
    .string()
    .max(65_536)
    .describe('The certificate of that CA, as PEM. To be looked at: signing never reads it.'),
};

/** The fields of an issuer's status that show its CA; either both are there or none. */
export const caStatusFields = { ca: fields.ca.optional(), caCertificate: fields.caCertificate.optional() };

/** Both, within the bounds that the CRD has too. */
export const caStatusSchema = z.object(fields);

/** The CA of an issuer as its status shows it. */
export type CaStatus = Readonly<z.infer<typeof caStatusSchema>>;
