import { createPrivateKey } from 'node:crypto';
import { err, ok, type Result } from '../../lib/result.ts';
import { readClientCertificate } from '../network/client-certificate.ts';
import type { ConfigProblem, ReferencedData, SignerInput } from '../signer.ts';
import type { AzureDeps, VaultIdentity } from './contract.ts';
import type { KeyVaultAuth } from './schema-auth.ts';
import type { KeyVaultConfig } from './schema.ts';

/** What of an issuer says who asks its vault; the configuration is one that `configProblem` found nothing in. */
export type IdentityInput = Pick<
  SignerInput<KeyVaultConfig>,
  'config' | 'issuer' | 'authSecret' | 'authSecretKey' | 'requestToken'
>;

type Identity = Result<VaultIdentity, ConfigProblem>;

const pair = { cert: 'tls.crt', key: 'tls.key' } as const;
const usualSecretKey = 'client-secret';
/** Bytes; the secrets that Entra ID makes have 40 characters. */
const longestSecret = 4096;

/**
 * Says who asks the vault of an issuer. Pure.
 * @param now milliseconds since the epoch.
 * @returns AuthError where the Secret, or the cluster, lacks something; ConfigError where a field is wrong.
 */
export function readIdentity(
  input: IdentityInput,
  azure: Pick<AzureDeps, 'allowAmbient' | 'developerLogin'>,
  now: number,
): Identity {
  const { auth } = input.config;
  if (azure.developerLogin) return ok({ type: 'developer' });
  if (auth.type === 'clientSecret') return clientSecret(input);
  if (auth.type === 'clientCertificate') return clientCertificate(input, now);
  if (input.authSecret !== undefined) {
    return configError(
      `spec.authSecretRef: keyVault.auth.type ${auth.type} reads no Secret; remove it, or set type to clientSecret or clientCertificate`,
    );
  }
  if (auth.serviceAccountRef !== undefined) return serviceAccount(input, auth.serviceAccountRef);
  return ambient(input, azure.allowAmbient);
}

/** The identity of the controller or of its node (design rule 12). */
function ambient({ config: { auth }, issuer }: IdentityInput, allowAmbient: boolean): Identity {
  const { type, tenantId, clientId } = auth;
  const isManaged = type === 'managedIdentity';
  if (issuer.namespace !== undefined && !allowAmbient) {
    const what = isManaged
      ? 'managedIdentity, the identity of the node'
      : 'workloadIdentity without serviceAccountRef, the identity of the controller';
    return configError(
      `keyVault.auth.type: is ${what}, which serves cluster issuers only: whoever may write an ${issuer.kind} in one namespace could else ` +
        'sign with every key that this identity may use. Do one of these: set keyVault.auth.serviceAccountRef ' +
        `${isManaged ? '(and type workloadIdentity) ' : ''}with tenantId and clientId, so that a ServiceAccount of the namespace is the ` +
        'identity; use an ExternalClusterIssuer; or start the controller with --issuer-ambient-credentials.',
    );
  }
  const client = clientId === undefined ? {} : { clientId };
  if (isManaged) return ok({ type: 'managed', ...client });
  return ok({ type: 'environment', ...(tenantId === undefined ? {} : { tenantId }), ...client });
}

function serviceAccount(
  { config: { auth }, requestToken }: IdentityInput,
  { name, audience }: NonNullable<KeyVaultAuth['serviceAccountRef']>,
): Identity {
  if (requestToken === undefined) {
    return authError(
      `keyVault.auth.serviceAccountRef: needs a cluster, whose API server makes the token of ServiceAccount "${name}"; ` +
        'use this issuer in a cluster, or log in with a Secret',
    );
  }
  const token = { request: requestToken, serviceAccount: name, ...(audience === undefined ? {} : { audience }) };
  return ok({ type: 'serviceAccount', ...application(auth), token });
}

function clientSecret({ config: { auth }, authSecret, authSecretKey = usualSecretKey }: IdentityInput): Identity {
  if (authSecret === undefined) return missingSecret('clientSecret', `the client secret under the key ${usualSecretKey}`);
  const bytes = authSecret.data.get(authSecretKey);
  const place = `key ${authSecretKey} of ${authSecret.where}`;
  if (bytes === undefined) {
    return authError(`there is no ${place}; store the client secret there, or name its key in spec.authSecretRef.key`);
  }
  const secret = bytes.length > longestSecret ? undefined : Buffer.from(bytes).toString('utf8').trim();
  if (secret === '') return authError(`${place} is empty; store the client secret there`);
  if (secret === undefined || !/^[\x21-\x7e]+$/.test(secret)) {
    return authError(
      `${place} is no client secret: more than ${longestSecret} bytes, or blanks or characters that are not ASCII; ` +
        'store the value of the secret alone, as Entra ID showed it when it was made',
    );
  }
  return ok({ type: 'secret', ...application(auth), secret });
}

function clientCertificate({ config: { auth }, authSecret, authSecretKey }: IdentityInput, now: number): Identity {
  if (authSecretKey !== undefined) {
    return configError(
      `spec.authSecretRef.key: is "${authSecretKey}", but keyVault.auth.type clientCertificate reads two keys of the Secret, ` +
        `${pair.cert} and ${pair.key}; remove the field`,
    );
  }
  if (authSecret === undefined) {
    return missingSecret('clientCertificate', `the certificate under ${pair.cert} and its key under ${pair.key}`);
  }
  const pem = certificatePem(authSecret, now);
  return pem.ok ? ok({ type: 'certificate', ...application(auth), pem: pem.value }) : authError(pem.error);
}

function certificatePem(secret: ReferencedData, now: number): Result<string, string> {
  const read = readClientCertificate(secret, pair, now);
  if (!read.ok) return read;
  const { certPem, keyPem } = read.value;
  if (createPrivateKey(keyPem).asymmetricKeyType === 'rsa') return ok(certPem + keyPem);
  return err(
    `key ${pair.key} of ${secret.where} is no RSA key, and Entra ID takes no other; make a certificate with an RSA key`,
  );
}

/** Both are there: `configProblem` sees to it. */
function application({ tenantId = '', clientId = '' }: KeyVaultAuth): {
  readonly tenantId: string;
  readonly clientId: string;
} {
  return { tenantId, clientId };
}

function missingSecret(type: string, what: string): Identity {
  return authError(`spec.authSecretRef: is not set, and keyVault.auth.type ${type} needs a Secret with ${what}; set it`);
}

function configError(message: string): Identity {
  return err({ code: 'ConfigError', message });
}

/** The Secret is missing or wrong; the message names it and the key, never a value. */
function authError(message: string): Identity {
  return err({ code: 'AuthError', message });
}
