import { z } from 'zod';

const text = z.string().min(1);
const nameAndValue = z.strictObject({ Name: text, Value: z.string() });
const nameAndValues = z.strictObject({ Name: text, Values: z.array(z.string()) });
const identity = z.strictObject({ PrefixedUniversal: text });

/** The kinds of names: 0 other, 1 email, 2 DNS, 6 URI, 7 IP address. */
const alternativeName = z.strictObject({ Type: z.literal([0, 1, 2, 6, 7]), TypeName: text.optional(), Name: text });

/** The body of `POST /vedauth/authorize/oauth`. */
export const authorizeRequest = z.strictObject({
  client_id: text,
  username: text,
  password: text,
  scope: text,
  state: z.string().optional(),
  redirect_uri: z.string().optional(),
});

/** The body of `POST /vedsdk/certificates/request`; a request without a CSR would have the platform make the key. */
export const certificateRequest = z.strictObject({
  PolicyDN: text,
  PKCS10: z.string().regex(/^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/, 'a CSR as PEM is needed'),
  ObjectName: text.optional(),
  Subject: text.optional(),
  SubjectAltNames: z.array(alternativeName).optional(),
  CADN: text.optional(),
  CASpecificAttributes: z.array(nameAndValue).optional(),
  CertificateType: z.enum(['Auto', 'Code Signing', 'Device', 'Server', 'User']).optional(),
  Approvers: z.array(identity).optional(),
  Contacts: z.array(identity).optional(),
  City: text.optional(),
  Country: text.optional(),
  State: text.optional(),
  Organization: text.optional(),
  OrganizationalUnit: text.optional(),
  CreatedBy: text.optional(),
  Origin: text.optional(),
  CustomFields: z.array(nameAndValues).optional(),
  DisableAutomaticRenewal: z.boolean().optional(),
  ManagementType: z.enum(['Monitoring', 'Enrollment', 'Provisioning', 'Unassigned']).optional(),
  Reenable: z.boolean().optional(),
  SetWorkToDo: z.boolean().optional(),
  WorkToDoTimeout: z.int().nonnegative().optional(),
});

/** The body of `POST /vedsdk/certificates/retrieve`; formats that are no PEM, or hold a private key, are not part of this. */
export const retrieveRequest = z.strictObject({
  CertificateDN: text,
  Format: z.literal('Base64'),
  IncludeChain: z.boolean().optional(),
  RootFirstOrder: z.boolean().optional(),
  IncludePrivateKey: z.literal(false).optional(),
  FriendlyName: z.string().optional(),
  WorkToDoTimeout: z.int().nonnegative().optional(),
});

/** The body of `POST /vedsdk/certificates/revoke`. */
export const revokeRequest = z.union([
  z.strictObject({
    CertificateDN: text,
    Reason: z.int().min(0).max(5).optional(),
    Comments: z.string().optional(),
    Disable: z.boolean().optional(),
  }),
  z.strictObject({
    Thumbprint: text,
    CertificateDN: z.undefined().optional(),
    Reason: z.int().min(0).max(5).optional(),
    Comments: z.string().optional(),
    Disable: z.boolean().optional(),
  }),
]);
