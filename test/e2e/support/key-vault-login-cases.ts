import type { KeyVaultDouble } from '../../key-vault/key-vault.ts';
import { applyKeyVaultExample, type ExampleChanges } from './key-vault-example.ts';
import type { KeyVaultLab } from './key-vault-lab.ts';
import { applyIssuer, applySecret, createNamespace, type IssuerName } from './objects.ts';

/** A way to log in to a vault, as an example has it. */
interface VaultLogin {
  /** Of the issuer, and of the namespace of one that is not for the cluster. */
  readonly name: string;
  readonly file: string;
  /** Who the vault sees. */
  readonly clientId: string;
  readonly changes?: Pick<ExampleChanges, 'tenantId' | 'values'>;
  /** What the double is to trust first: the ServiceAccount whose token the controller asks the API server for. */
  readonly subject?: string;
}

/** Those that need nothing of the controller's environment. */
function exampleLogins({ identities, tenantId }: KeyVaultDouble): readonly VaultLogin[] {
  const { workload, clientSecret, clientCertificate } = identities;
  const { clientId: application, certificatePem, keyPem } = clientCertificate;
  const account = (namespace: string): string => `system:serviceaccount:${namespace}:key-vault-issuer`;
  return [
    {
      name: 'kv-account',
      file: 'service-account.yaml',
      clientId: workload.clientId,
      changes: { tenantId },
      subject: account('kv-account'),
    },
    {
      name: 'kv-cluster-account',
      file: 'cluster-service-account.yaml',
      clientId: workload.clientId,
      changes: { tenantId },
      subject: account('external-issuer-system'),
    },
    {
      name: 'kv-secret',
      file: 'client-secret.yaml',
      clientId: clientSecret.clientId,
      changes: { tenantId, values: { 'client-secret': clientSecret.clientSecret } },
    },
    {
      name: 'kv-certificate',
      file: 'client-certificate.yaml',
      clientId: application,
      changes: { tenantId, values: { 'tls.crt': certificatePem, 'tls.key': keyPem } },
    },
  ];
}

/** Credentials of applications for cluster issuers: the Secret's data, and the issuer's block `auth`. */
export function clusterLogins({ identities, tenantId }: KeyVaultDouble): readonly {
  readonly name: string;
  readonly clientId: string;
  readonly data: Readonly<Record<string, string>>;
  readonly auth: Readonly<Record<string, string>>;
}[] {
  const { clientSecret: secret, clientCertificate: certificate } = identities;
  return [
    {
      name: 'kv-cluster-secret',
      clientId: secret.clientId,
      data: { 'client-secret': secret.clientSecret },
      auth: { type: 'clientSecret', tenantId, clientId: secret.clientId },
    },
    {
      name: 'kv-cluster-certificate',
      clientId: certificate.clientId,
      data: { 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem },
      auth: { type: 'clientCertificate', tenantId, clientId: certificate.clientId },
    },
  ];
}

/** An issuer, and whom its vault sees. */
export interface LoggedIn {
  readonly name: string;
  readonly issuer: IssuerName;
  readonly clientId: string;
}

/** Makes issuers of both kinds for a key, one for each way to log in that an issuer brings itself. */
export async function applyLogins({ world, admin, double, spec }: KeyVaultLab, keyName: string): Promise<readonly LoggedIn[]> {
  const examples = exampleLogins(double).map(async ({ name, file, clientId, changes, subject }): Promise<LoggedIn> => {
    if (!name.includes('cluster')) await createNamespace(admin, name);
    if (subject !== undefined) await double.federate(subject);
    const all = { vaultUrl: double.url, keyName, name, namespace: name, clientId, ...changes };
    return { name, clientId, issuer: await applyKeyVaultExample(world, file, all) };
  });
  const others = clusterLogins(double).map(async ({ name, clientId, data, auth }): Promise<LoggedIn> => {
    await applySecret(admin, { namespace: 'external-issuer-system', name }, data);
    await applyIssuer(admin, { name }, spec({ keyName, auth }, { authSecretRef: { name } }));
    return { name, clientId, issuer: { name } };
  });
  return await Promise.all([...examples, ...others]);
}
