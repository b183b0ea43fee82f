import { isIP, SocketAddress } from 'node:net';
import * as z from 'zod';
import { nearestKey } from '../lib/nearest-key.ts';
import { usageNames } from '../x509/usages.ts';
import { durationField, withRules } from './field-types.ts';

const mostRules = 64;
const mostEntries = 128;
const longestEntry = 512;

function listField<S extends z.ZodType<string, string>>(entry: S, description: string): z.ZodOptional<z.ZodArray<S>> {
  return z.array(entry).max(mostEntries).describe(description).optional();
}

const entry = z.string().min(1).max(longestEntry);
const serviceAccount = entry.regex(/^[^/]+\/[^/]+$/, 'is no ServiceAccount; write namespace/name, such as ci/deployer or ci/*');
const dnsPattern = entry.regex(
  /^(\*{1,2}\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
  'is no DNS name; a * stands for a whole label and at the beginning only, as in *.example.com or **.example.com',
);
const noRange = 'is no IP address or range; write 10.1.0.0/16, 10.1.2.3 or fd00::/8';
const addressRange = entry
  .regex(/^[0-9A-Fa-f:.]+(\/[0-9]{1,3})?$/, { error: noRange, abort: true })
  .refine(isAddressRange, { error: noRange, abort: true })
  .refine((range) => !isMapped(range), 'is IPv4 written as IPv6, which no range holds; write it as IPv4: 10.1.0.0/16');
const uriPrefix = entry.regex(
  /^[A-Za-z][A-Za-z0-9+.-]*:[^*]+$/,
  'is no beginning of a URI; write it with its scheme and without *',
);
const emailPattern = entry.regex(/^[^@]+@[^@]+$/, 'is no email address; write jane@example.com or *@example.com');
const usage = z.enum(usageNames, {
  error: ({ input }) => {
    const meant = typeof input === 'string' ? nearestKey(input.replaceAll(/[-_]/g, ' '), usageNames) : undefined;
    return meant === undefined ? undefined : `is no usage; did you mean "${meant}"?`;
  },
});

function isAddressRange(text: string): boolean {
  const [address = '', length] = text.split('/');
  const family = isIP(address);
  return family !== 0 && (length === undefined || Number(length) <= (family === 4 ? 32 : 128));
}

function isMapped(range: string): boolean {
  const [address = ''] = range.split('/');
  return isIP(address) === 6 && /^::ffff:\d+\./.test(new SocketAddress({ address, family: 'ipv6' }).address);
}

const match = z.object({
  namespaces: listField(
    entry,
    'Namespaces of CertificateRequests; * stands for any characters. Where it is set, the rule is for no CertificateSigningRequest, ' +
      'which has no namespace. Example: ["team-a", "shop-*"].',
  ),
  serviceAccounts: listField(
    serviceAccount,
    'ServiceAccounts that ask, as namespace/name; * stands for any characters. The requester of a CertificateRequest is known only ' +
      'where cert-manager\'s webhook runs, and is cert-manager itself for a Certificate: use namespaces there. Example: ["ci/deployer"].',
  ),
  users: listField(
    entry,
    'User names that ask; * stands for any characters. The same holds as for serviceAccounts. Example: ["jane@example.com"].',
  ),
  groups: listField(
    entry,
    'Groups that who asks is in; * stands for any characters. The same holds as for serviceAccounts. Example: ["developers"].',
  ),
});

const subject = z.object({
  commonName: listField(
    entry,
    'CN; * stands for any characters. One that is also an allowed DNS name of the request is always allowed.',
  ),
  organization: listField(entry, 'O; * stands for any characters. Example: ["Example Ltd"].'),
  organizationalUnit: listField(entry, 'OU; * stands for any characters.'),
  country: listField(entry, 'C; * stands for any characters. Example: ["DE"].'),
  province: listField(entry, 'ST; * stands for any characters.'),
  locality: listField(entry, 'L; * stands for any characters.'),
  streetAddress: listField(entry, 'STREET; * stands for any characters.'),
  postalCode: listField(entry, 'Postal code; * stands for any characters.'),
  serialNumber: listField(entry, 'Serial number of the subject; * stands for any characters.'),
  domainComponent: listField(entry, 'DC; * stands for any characters.'),
  userId: listField(entry, 'UID; * stands for any characters.'),
});

const keyFields = z
  .object({
    algorithm: z.enum(['RSA', 'ECDSA', 'Ed25519']).describe('Algorithm of the key.'),
    minSize: z
      .int()
      .min(0)
      .max(8192)
      .describe('Least size in bits; of an ECDSA key that of its curve: 256, 384 or 521.')
      .optional(),
    maxSize: z.int().min(0).max(8192).describe('Largest size in bits.').optional(),
  })
  .refine(({ minSize = 0, maxSize = Infinity }) => minSize <= maxSize, {
    path: ['maxSize'],
    error: 'must be at least minSize',
  });
const key = withRules(keyFields, [
  {
    rule: '!has(self.minSize) || !has(self.maxSize) || self.minSize <= self.maxSize',
    message: 'maxSize must be at least minSize',
    fieldPath: '.maxSize',
  },
]);

/** The usages that a rule allows where it names none: those of servers and clients. */
export const defaultAllowedUsages = ['digital signature', 'key encipherment', 'server auth', 'client auth'];

const allow = z.object({
  dnsNames: listField(
    dnsPattern,
    'DNS names. * as the first label stands for exactly one label, ** for one or more. A wildcard name is allowed only by the same name. ' +
      'Not set: none. Example: ["*.team-a.example.com"].',
  ),
  ipRanges: listField(
    addressRange,
    'IP addresses and ranges in CIDR notation; none holds IPv4 written as IPv6 (::ffff:10.0.0.1). Not set: none. Example: ["10.1.0.0/16"].',
  ),
  uriPrefixes: listField(
    uriPrefix,
    'URIs, and all that begin with one of them and go on after a slash. Not set: none. Example: ["spiffe://cluster.local/ns/team-a"].',
  ),
  emailAddresses: listField(
    emailPattern,
    'Email addresses; * stands for any characters but @. Not set: none. Example: ["*@example.com"].',
  ),
  subject: subject
    .describe('Values of the subject, by attribute. An attribute that is not set may not be in the subject.')
    .optional(),
  usages: listField(usage, `Usages by cert-manager's names. Not set: ${defaultAllowedUsages.join(', ')}.`),
  keys: z
    .array(key)
    .max(16)
    .describe('Kinds of keys. Not set: every kind that can be signed. Example: [{"algorithm": "ECDSA"}].')
    .optional(),
  maxDuration: durationField({
    description: 'Longest duration that may be asked for. Not set: any. Example: 2160h.',
    min: '10m',
  }).optional(),
  isCA: z.boolean().describe('Whether a CA certificate may be asked for.').default(false),
});

const rule = z.object({
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is not the name of a rule: lower-case letters, digits and "-"')
    .describe('Name of the rule, for messages. Example: team-a-web.'),
  match: match.describe('Which requests the rule is for; all that is set here must hold. Not set: all.').prefault({}),
  allow: allow.describe('What these requests may ask for.').prefault({}),
});

/** `spec.policy` of an issuer: what it may be asked for. */
export const policyField = z
  .object({
    allowSystemMasters: z
      .boolean()
      .describe(
        'Whether certificates with the organization system:masters are signed. An API server that trusts the CA lets who has such a ' +
          'certificate do everything, whatever RBAC says, until it ends.',
      )
      .default(false),
    rules: z
      .array(rule)
      .min(1)
      .max(mostRules)
      .refine(
        (rules) => new Set(rules.map(({ name }) => name)).size === rules.length,
        'has two rules of one name; give each a name of its own',
      )
      .describe(
        'What requests may ask for: one of the rules must be for the request and allow all of it. Checked before each signature, ' +
          'whoever approved the request, and by the approver (external-issuer approver), which approves and denies by them. Not set: ' +
          'everything is signed that is approved.',
      )
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .optional(),
  })
  .describe('What the issuer may be asked for.');

/** What an issuer may be asked for, parsed; durations in milliseconds. */
export type Policy = Readonly<z.output<typeof policyField>>;

/** One rule of a policy. */
export type PolicyRule = NonNullable<Policy['rules']>[number];
