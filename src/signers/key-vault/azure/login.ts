import { createPrivateKey, X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { AzureDeps, FederatedToken, VaultIdentity } from '../contract.ts';

interface Application {
  readonly tenantId: string;
  readonly clientId: string;
}

/** How the identity of an issuer shows who it is, all that it takes from the environment read. */
export type Proof =
  | { readonly kind: 'cli' }
  | { readonly kind: 'managed'; readonly clientId?: string }
  | (Application & { readonly kind: 'tokenFile'; readonly path: string })
  | (Application & { readonly kind: 'assertion'; readonly token: FederatedToken })
  | (Application & { readonly kind: 'secret'; readonly secret: string })
  | (Application & { readonly kind: 'certificate'; readonly pem: string });

/** Who asks a vault. */
export interface Login {
  readonly proof: Proof;
  /** For messages: `the application 1111… (client secret)`. */
  readonly who: string;
}

/** Reads who asks. The developer is who is logged in by `az login`, whatever the environment says of others. */
export function loginOf(identity: VaultIdentity, env: AzureDeps['env']): Result<Login, ConfigProblem> {
  switch (identity.type) {
    case 'developer':
      return ok({ proof: { kind: 'cli' }, who: 'your own login (az login)' });
    case 'environment':
      return workload(identity, env);
    case 'managed': {
      const which = identity.clientId === undefined ? 'system-assigned' : `client id ${identity.clientId}`;
      const proof = { kind: 'managed', ...(identity.clientId === undefined ? {} : { clientId: identity.clientId }) } as const;
      return ok({ proof, who: `the managed identity of the node (${which})` });
    }
    case 'serviceAccount': {
      const { tenantId, clientId, token } = identity;
      const who = `the application ${clientId} (ServiceAccount "${token.serviceAccount}")`;
      return ok({ proof: { kind: 'assertion', tenantId, clientId, token }, who });
    }
    case 'secret': {
      const { tenantId, clientId, secret } = identity;
      return ok({ proof: { kind: 'secret', tenantId, clientId, secret }, who: `the application ${clientId} (client secret)` });
    }
    default: {
      const { tenantId, clientId, pem } = identity;
      const wrong = wrongPair(pem);
      if (wrong !== undefined) return err({ code: 'AuthError', message: wrong });
      return ok({
        proof: { kind: 'certificate', tenantId, clientId, pem },
        who: `the application ${clientId} (client certificate)`,
      });
    }
  }
}

function workload(
  identity: Extract<VaultIdentity, { readonly type: 'environment' }>,
  env: AzureDeps['env'],
): Result<Login, ConfigProblem> {
  const tenantId = identity.tenantId ?? env['AZURE_TENANT_ID'];
  const clientId = identity.clientId ?? env['AZURE_CLIENT_ID'];
  const path = env['AZURE_FEDERATED_TOKEN_FILE'];
  if (tenantId && clientId && path) {
    const who = `the workload identity of the controller (client id ${clientId})`;
    return ok({ proof: { kind: 'tokenFile', tenantId, clientId, path }, who });
  }
  const missing = [
    ...(tenantId ? [] : ['AZURE_TENANT_ID']),
    ...(clientId ? [] : ['AZURE_CLIENT_ID']),
    ...(path ? [] : ['AZURE_FEDERATED_TOKEN_FILE']),
  ];
  const message =
    `auth: the controller has no workload identity: ${new Intl.ListFormat('en').format(missing)} ${missing.length > 1 ? 'are' : 'is'} ` +
    'not set in its environment; give its pods the label azure.workload.identity/use: "true" and its ServiceAccount the annotation ' +
    'azure.workload.identity/client-id, or choose another auth.type';
  return err({ code: 'AuthError', message });
}

/** Why certificate and key are no pair that a token can be asked for with. */
function wrongPair(pem: string): string | undefined {
  const advice = 'write the certificate of the application into tls.crt and its key, unencrypted PEM, into tls.key';
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'rsa') return `auth: Entra ID takes client certificates with RSA keys only; ${advice}`;
    const fits = new X509Certificate(pem).checkPrivateKey(key);
    return fits ? undefined : `auth: the key of the client certificate is not the key of that certificate; ${advice}`;
  } catch {
    return `auth: the client certificate or its key cannot be read; ${advice}`;
  }
}
