import * as z from 'zod';
import { withRules } from '../../../api/field-types.ts';
import { longestXml, pathField, pathsField, templateField, templatesField } from './fields.ts';

const multipartPart = z.object({
  name: z.string().min(1).max(253).describe('Name of the part. Example: csr.'),
  value: templateField('Content of the part. Example: {{ csr.pem }}.'),
  filename: z
    .string()
    .min(1)
    .max(253)
    .describe('File name of the part, for APIs that want a file. Example: request.csr.')
    .optional(),
  contentType: z.string().min(1).max(127).describe('Content type of the part. Example: application/pkcs10.').optional(),
});

/** The kinds of body that CEL can see; it has no access to a field of any type, such as json. */
const typedKinds = ['form', 'multipart', 'xml', 'raw'] as const;
const given = typedKinds.map((kind) => `(has(self.${kind}) ? 1 : 0)`).join(' + ');

const body = withRules(
  z.object({
    json: z
      .unknown()
      .describe(
        'JSON, written as YAML; its texts may hold placeholders, and are encoded, so that no value changes the structure. A text ' +
          'that is one placeholder ending in `| json` becomes what the placeholder stands for: a number, a list. Example: {csr: "{{ csr.pem }}"}.',
      )
      .optional(),
    form: templatesField('Fields of application/x-www-form-urlencoded; names and values are encoded.').optional(),
    multipart: z.array(multipartPart).min(1).max(32).describe('Parts of multipart/form-data, in this order.').optional(),
    xml: z
      .string()
      .max(longestXml)
      .describe('XML as text; values of placeholders are escaped, as text and in attributes.')
      .optional(),
    raw: templateField(
      'The body as text, such as {{ csr.pem }} or {{ csr.base64 }}; values that are no PEM, base64 or number are percent-encoded.',
    ).optional(),
    rawEncoding: z
      .enum(['text', 'base64'])
      .describe('text: raw is sent as it is. base64: raw is base64 of the bytes that are sent, such as DER.')
      .default('text'),
    contentType: z
      .string()
      .min(1)
      .max(127)
      .regex(/^[\x21-\x7e ]+$/, 'must be visible ASCII characters')
      .describe('Content type, where it is not the usual one of the body. Example: application/pkcs10.')
      .optional(),
  }),
  [
    { rule: `${given} <= 1`, message: `a body has exactly one of json, ${typedKinds.join(', ')}` },
    {
      rule: "!has(self.rawEncoding) || self.rawEncoding == 'text' || has(self.raw)",
      message: 'rawEncoding belongs to raw: remove it, or write the body as raw',
      fieldPath: '.rawEncoding',
    },
  ],
);

/** One HTTP request of the configuration. */
const requestFields = {
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .describe('HTTP method. Default: POST where there is a body, else GET.')
    .optional(),
  url: templateField(
    'Where to: a path that is added to baseUrl, or an address with the same origin as baseUrl. A text that is one placeholder is an ' +
      'address that the CA has given; in all others, values are percent-encoded. Not set: baseUrl itself. Example: /v1/pki/sign/web.',
  ).optional(),
  query: templatesField('Parameters that are added to the URL; names and values are encoded.').optional(),
  headers: templatesField('Headers. A value with a line break is refused. Example: {Accept: application/json}.').optional(),
  body: body.describe('What is sent; not set: nothing.').optional(),
};

/** How an answer is sorted before the usual rules are asked. */
const rule = z.object({
  when: z
    .string()
    .min(1)
    .max(1024)
    .describe(
      'Condition in CEL over status (number), body (JSON or XML, else null), text (the body as text), headers (lower-case names). ' +
        'Example: status == 400 && body.error == "busy".',
    ),
  outcome: z
    .enum(['issued', 'pending', 'retry', 'failed', 'issuer-broken'])
    .describe(
      'issued: the answer is a good one. pending: the CA decides later. retry: try again. failed: the request can never be signed. ' +
        'issuer-broken: the issuer is checked at once. If the check fails, all its requests wait until one passes; if it passes, the request is ' +
        'tried again, or fails where the status is 401 or 403.',
    ),
});

export const rulesField = z
  .array(rule)
  .max(32)
  .describe('How answers are sorted; the first rule that applies counts, and where none does, the status decides.');

/** A request whose answer is looked at on its own: a login, a check, a revocation. */
export const plainRequest = z.object(requestFields);

/** A step of signing: a request, how its answer is sorted, and what of it later steps may use. */
export const stepSchema = withRules(
  z.object({
    name: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[a-z][a-zA-Z0-9]*$/, 'must be letters and digits, the first a lower-case letter')
      .describe('Name of the step; later steps use what it extracts as {{ steps.<name>.<value> }}. Example: submit.'),
    ...requestFields,
    rules: rulesField.optional(),
    extract: pathsField('Values that later steps use: a name for each, and where in the answer it is.').optional(),
  }),
  [
    {
      rule: "!has(self.body) || !has(self.method) || self.method != 'GET'",
      message: 'GET has no body: remove body, or use POST',
      fieldPath: '.body',
    },
  ],
);

/** What a CA that decides later is asked, and how. */
export const pendingSchema = z.object({
  id: pathField(
    'Where the answer names the request, or a text with placeholders: it is kept with the request and is {{ id }} in poll and download. Example: requestId, header:Location, {{ steps.submit.dn }}.',
  ),
  poll: plainRequest
    .extend({ rules: rulesField.optional() })
    .describe(
      'The request that asks whether the certificate is there. Its answer: 2xx but 202 is issued, 202 is pending, unless rules say otherwise.',
    ),
  download: plainRequest
    .describe('Where the answer to poll only says that the certificate was issued: the request that fetches it.')
    .optional(),
});

export type WrittenBody = Readonly<z.output<typeof body>>;
export type WrittenRequest = Readonly<z.output<typeof plainRequest>>;
export type WrittenRule = Readonly<z.output<typeof rule>>;
export type WrittenStep = Readonly<z.output<typeof stepSchema>>;
export type WrittenPart = Readonly<z.output<typeof multipartPart>>;
