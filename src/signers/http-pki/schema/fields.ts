import * as z from 'zod';

/** Characters that one template may have; a body holds a CSR by its placeholder, not by its text. */
export const longestTemplate = 8192;
/** Characters that a body of XML may have, which is one text. */
export const longestXml = 16_384;
/** Characters of one path into an answer. */
const longestPath = 512;
/** Entries of one mapping. */
const mostEntries = 64;

/** A text with placeholders (`{{ csr.pem }}`); src/signers/http-pki/template/ says which there are. */
export function templateField(description: string): z.ZodString {
  return z.string().max(longestTemplate).describe(description);
}

/** An address that is written whole. */
export function urlField(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/, 'must be an address that begins with https://')
    .describe(description);
}

/** Where in an answer a value is: `data.certificate`, `/data/certificate`, `$.data.certificate`, `header:Location`. */
export function pathField(description: string): z.ZodString {
  return z.string().max(longestPath).describe(description);
}

/** A mapping from names to texts with placeholders, in the order in which it is written. */
export function templatesField(description: string): z.ZodRecord<z.ZodString, z.ZodString> {
  const entry = z.string().max(longestTemplate);
  return z.record(z.string().max(253), entry).describe(description).meta({ maxProperties: mostEntries });
}

/** A mapping from names to paths into an answer. */
export function pathsField(description: string): z.ZodRecord<z.ZodString, z.ZodString> {
  return z.record(z.string().max(64), z.string().max(longestPath)).describe(description).meta({ maxProperties: 16 });
}
