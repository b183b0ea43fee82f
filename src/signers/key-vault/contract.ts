import type { Result } from '../../lib/result.ts';
import type { Network } from '../network/contract.ts';
import type { ConfigProblem, RequestServiceAccountToken } from '../signer.ts';
import type { Cloud } from './clouds.ts';
import type { Vault } from './vault.ts';

/** What the administrator allows Key Vault issuers, and whose login is used. */
export interface AzureDeps {
  /** For AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, AZURE_AUTHORITY_HOST; the SDK reads where managed identities are itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the identities of the controller and its node serve namespaced issuers too (`--issuer-ambient-credentials`). */
  readonly allowAmbient: boolean;
  /** Whether a token for Key Vault may go to a server that is no vault of Azure's (`--azure-disable-challenge-verification`). For tests. */
  readonly disableChallengeVerification: boolean;
  /** Use the login of the developer (`az login`) in place of the identity that an issuer names (`--azure-login`). Of the CLI only. */
  readonly developerLogin: boolean;
}

/** Who asks a vault. */
export type VaultIdentity =
  | { readonly type: 'developer' }
  | { readonly type: 'environment'; readonly tenantId?: string; readonly clientId?: string }
  | { readonly type: 'managed'; readonly clientId?: string }
  | { readonly type: 'serviceAccount'; readonly tenantId: string; readonly clientId: string; readonly token: FederatedToken }
  | { readonly type: 'secret'; readonly tenantId: string; readonly clientId: string; readonly secret: string }
  | { readonly type: 'certificate'; readonly tenantId: string; readonly clientId: string; readonly pem: string };

/** Has a token made of a ServiceAccount that Entra ID trusts. */
export interface FederatedToken {
  readonly request: RequestServiceAccountToken;
  readonly serviceAccount: string;
  /** Absent: the one that Entra ID wants in its cloud. */
  readonly audience?: string;
}

/** Which vault, who asks, and in which cloud. */
export interface VaultSettings {
  readonly vaultUrl: string;
  readonly identity: VaultIdentity;
  readonly cloud?: Cloud;
}

/** Opens a vault; the network is not used before the first call. Implemented over Azure's SDK in azure/open-vault.ts, loaded when called. */
export type OpenVault = (
  settings: VaultSettings,
  deps: { readonly azure: AzureDeps; readonly network: Network },
) => Promise<Result<Vault, ConfigProblem>>;
