import { isManagedHsm } from '../managed-hsm.ts';
import type { VaultOperation } from '../vault.ts';

interface Permission {
  /** The least built-in role of Azure RBAC; https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
  readonly role: string;
  /** Of an access policy. */
  readonly permission: string;
  /** The least built-in role of a managed HSM; https://learn.microsoft.com/azure/key-vault/managed-hsm/built-in-roles */
  readonly hsmRole?: string;
}

const cryptoUser = { role: 'Key Vault Crypto User', hsmRole: 'Managed HSM Crypto User' } as const;

const permissions: Readonly<Record<VaultOperation, Permission>> = {
  'keys/get': { ...cryptoUser, permission: 'Key/Get' },
  'keys/list': { ...cryptoUser, permission: 'Key/List' },
  'keys/sign': { ...cryptoUser, permission: 'Key/Sign' },
  'keys/create': { ...cryptoUser, role: 'Key Vault Crypto Officer', permission: 'Key/Create' },
  'secrets/get': { role: 'Key Vault Secrets User', permission: 'Secret/Get' },
  'secrets/set': { role: 'Key Vault Secrets Officer', permission: 'Secret/Set' },
  // "Key Vault Certificate User" would do too, and reads the private key besides.
  'certificates/get': { role: 'Key Vault Reader', permission: 'Certificate/Get' },
};

/** What gives the permission that an operation takes: a clause. */
export function howToPermit(operation: VaultOperation, vaultUrl: string): string {
  const { role, permission, hsmRole } = permissions[operation];
  if (isManagedHsm(vaultUrl)) {
    return hsmRole === undefined
      ? 'a managed HSM holds keys and nothing else: keep the certificate elsewhere'
      : `give it the role "${hsmRole}" (local RBAC of the HSM) for /keys or this key`;
  }
  return `give it the role "${role}" (RBAC), or the permission ${permission} (access policy); it may take some minutes to hold`;
}
