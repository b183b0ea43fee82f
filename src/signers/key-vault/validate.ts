import type { KeyVaultAuth } from './schema-auth.ts';
import type { KeyVaultConfig } from './schema.ts';

/**
 * Checks what the CRD's rules say and the schema of a document cannot: fields that exclude or need each other.
 * @returns what is wrong first, with the field and what to do; undefined where nothing is.
 */
export function configProblem(config: KeyVaultConfig): string | undefined {
  return addressProblem(config) ?? placeProblem(config) ?? authProblem(config.auth);
}

function addressProblem({ vaultUrl }: KeyVaultConfig): string | undefined {
  return URL.canParse(vaultUrl)
    ? undefined
    : 'keyVault.vaultUrl: is not the address of a vault; write it as https://NAME.vault.azure.net';
}

function placeProblem({ caCertificate, ca }: KeyVaultConfig): string | undefined {
  const inCluster = ['secretRef', 'configMapRef', 'inline'];
  return (
    notOne('keyVault.caCertificate', caCertificate, ['vaultSecret', 'vaultCertificate', ...inCluster]) ??
    notOne('keyVault.ca', ca, inCluster)
  );
}

function notOne(field: string, places: object | undefined, names: readonly string[]): string | undefined {
  const set = Object.entries(places ?? {}).filter(([, value]) => value !== undefined);
  if (places === undefined || set.length === 1) return undefined;
  const what = set.length === 0 ? 'names no place' : `names more than one place: ${set.map(([name]) => name).join(', ')}`;
  return `${field}: ${what}; set exactly one of ${names.join(', ')}`;
}

function authProblem({ type, tenantId, clientId, serviceAccountRef }: KeyVaultAuth): string | undefined {
  const isApplication = type === 'clientSecret' || type === 'clientCertificate';
  const isNamed = tenantId !== undefined && clientId !== undefined;
  if (serviceAccountRef !== undefined && type !== 'workloadIdentity') {
    return `keyVault.auth.serviceAccountRef: is for type workloadIdentity, and type is ${type}; remove it, or set type to workloadIdentity`;
  }
  if (serviceAccountRef !== undefined && !isNamed) {
    return 'keyVault.auth.serviceAccountRef: needs the tenantId and clientId of the identity that trusts the ServiceAccount; set both';
  }
  if (isApplication && !isNamed) {
    return `keyVault.auth.type: ${type} needs the tenantId and clientId of the application; set both`;
  }
  if (type === 'managedIdentity' && tenantId !== undefined) {
    return 'keyVault.auth.tenantId: a managed identity belongs to the tenant of its node; remove it';
  }
  return undefined;
}
