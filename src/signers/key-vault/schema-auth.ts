import * as z from 'zod';
import { objectNameField, type SpecRule, withRules } from '../../api/field-types.ts';

/** What Microsoft Entra ID wants federated tokens to be for; https://learn.microsoft.com/entra/workload-id/workload-identity-federation */
export const federatedAudiences = {
  public: 'api://AzureADTokenExchange',
  usGovernment: 'api://AzureADTokenExchangeUSGov',
  china: 'api://AzureADTokenExchangeChina',
} as const;

const guid = (description: string): z.ZodString =>
  z
    .string()
    .max(36)
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'is not an id: 00000000-0000-0000-0000-000000000000')
    .describe(description);

const serviceAccountRef = z.object({
  name: objectNameField("ServiceAccount; it is in the namespace of the issuer's references. Example: team-a-pki."),
  audience: z
    .enum(Object.values(federatedAudiences))
    .describe('Audience of the token, as the federated credential has it. Default: the one of the cloud.')
    .optional(),
});

const authFields = z.object({
  type: z
    .enum(['workloadIdentity', 'managedIdentity', 'clientSecret', 'clientCertificate'])
    .describe(
      'How the vault is shown who asks. workloadIdentity (default): a token of a ServiceAccount, which Entra ID trusts: that of ' +
        "serviceAccountRef, or the controller's own. managedIdentity: that of the node. clientSecret: the key client-secret (or the one " +
        'that authSecretRef.key names) of the Secret. clientCertificate: tls.crt and tls.key of the Secret.',
    )
    .default('workloadIdentity'),
  tenantId: guid('Directory (tenant) id. Not set: AZURE_TENANT_ID of the controller, for its own identity only.').optional(),
  clientId: guid(
    "Application (client) id, of a user-assigned identity too. Not set: AZURE_CLIENT_ID of the controller, or the node's " +
      'system-assigned identity; for these identities only.',
  ).optional(),
  serviceAccountRef: serviceAccountRef
    .describe('Has the API server make a token of this ServiceAccount, in place of the identity of the controller.')
    .optional(),
});

const type = (...types: readonly string[]): string =>
  `(has(self.type) && self.type in [${types.map((name) => `'${name}'`).join(', ')}])`;

const rules: readonly SpecRule[] = [
  {
    rule: `!${type('clientSecret', 'clientCertificate')} || (has(self.tenantId) && has(self.clientId))`,
    message: 'type clientSecret and clientCertificate need tenantId and clientId: set both',
    fieldPath: '.type',
  },
  {
    rule: '!has(self.serviceAccountRef) || (has(self.tenantId) && has(self.clientId))',
    message: 'serviceAccountRef needs the tenantId and clientId of the identity that trusts it: set both',
    fieldPath: '.serviceAccountRef',
  },
  {
    rule: `!has(self.serviceAccountRef) || !has(self.type) || self.type == 'workloadIdentity'`,
    message: 'serviceAccountRef is for type workloadIdentity: remove it, or set type to workloadIdentity',
    fieldPath: '.serviceAccountRef',
  },
  {
    rule: `!${type('managedIdentity')} || !has(self.tenantId)`,
    message: 'a managed identity belongs to the tenant of its node: remove tenantId',
    fieldPath: '.tenantId',
  },
];

/** How the vault is shown who asks. */
export const authSchema = withRules(authFields, rules).describe('How the vault is shown who asks.');

/** The block once parsed. */
export type KeyVaultAuth = Readonly<z.output<typeof authFields>>;
