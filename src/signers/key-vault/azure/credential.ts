import {
  AzureCliCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { HttpClient as SdkHttpClient } from '@azure/core-rest-pipeline';
import { CodedError } from '../../../lib/errors.ts';
import type { FederatedToken } from '../contract.ts';
import type { Authority } from './authority.ts';
import type { ExchangeRecord, ExchangeRecords } from './exchange-record.ts';
import type { Login } from './login.ts';

/** What all clients of the SDK are given: the core repeats requests, and redirects are followed below. */
export const clientOptions = {
  retryOptions: { maxRetries: 0 },
  redirectOptions: { maxRetries: 0 },
} as const;

/** The API server gives no token of the ServiceAccount. */
export class AssertionError extends CodedError {}

/** What credentials speak over. */
export interface CredentialDeps {
  readonly authority: Authority;
  readonly httpClient: SdkHttpClient;
  readonly records: ExchangeRecords;
}

/**
 * Makes the credential of a login; the network is not used. MSAL keeps tokens within it, so that a new one asks anew. The exception is
 * managed identity, whose tokens MSAL keeps for the process: the endpoint itself keeps them for as long.
 */
export function createCredential({ proof }: Login, { authority, httpClient, records }: CredentialDeps): TokenCredential {
  const options = {
    ...clientOptions,
    httpClient,
    authorityHost: authority.origin,
    // Whoever set AZURE_AUTHORITY_HOST to another host means it: Azure's public cloud does not know it.
    ...(authority.isKnown ? {} : { disableInstanceDiscovery: true }),
  };
  switch (proof.kind) {
    case 'cli':
      return new AzureCliCredential();
    case 'managed': {
      // Not over our connections: the address policy refuses 169.254.169.254, and this address is in no spec but in the SDK, or in the
      // environment that the platform sets. Its own retries stay: a node that starts answers 404 for a while.
      const { authorityHost } = options;
      return new ManagedIdentityCredential({
        authorityHost,
        ...(proof.clientId === undefined ? {} : { clientId: proof.clientId }),
      });
    }
    case 'tokenFile': {
      const { tenantId, clientId, path: tokenFilePath } = proof;
      return new WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath });
    }
    case 'assertion': {
      const { tenantId, clientId, token } = proof;
      // MSAL wants the assertion twice for one request.
      let made: { readonly record: ExchangeRecord | undefined; readonly assertion: Promise<string> } | undefined;
      const getAssertion = async (): Promise<string> => {
        const record = records.getStore();
        if (made === undefined || made.record !== record)
          made = { record, assertion: requestAssertion(token, authority, record) };
        return await made.assertion;
      };
      return new ClientAssertionCredential(tenantId, clientId, getAssertion, options);
    }
    case 'secret':
      return new ClientSecretCredential(proof.tenantId, proof.clientId, proof.secret, options);
    default:
      return new ClientCertificateCredential(proof.tenantId, proof.clientId, { certificate: proof.pem }, options);
  }
}

async function requestAssertion(
  { request, serviceAccount, audience }: FederatedToken,
  { federatedAudience }: Authority,
  record: ExchangeRecord | undefined,
): Promise<string> {
  const made = await request(
    { serviceAccount, audience: audience ?? federatedAudience },
    record?.signal ?? new AbortController().signal,
  );
  if (!made.ok) throw new AssertionError(made.error.code, made.error.message);
  record?.secrets.add(made.value.token);
  return made.value.token;
}
