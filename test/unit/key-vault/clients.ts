import assert from 'node:assert/strict';
import { ClientSecretCredential } from '@azure/identity';
import { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { readEnvironment } from '../../controlplane/environment.ts';
import type { KeyVaultDouble } from '../../key-vault/key-vault.ts';

/** Where the tests get their settings and show builds. */
export const harness = { environment: readEnvironment(), stream: process.stderr };

/** A credential of Azure's SDK: what gives tokens. */
export type Credential = ConstructorParameters<typeof KeyClient>[1];

/** Azure's own clients of a vault. */
export interface Clients {
  readonly keys: KeyClient;
  readonly secrets: SecretClient;
  readonly certificates: CertificateClient;
  /** @param keyId with or without a version. */
  cryptography(keyId: string): CryptographyClient;
}

/** What every client of the double needs: its CA, and no retries that the test did not ask for. */
export function connection(vault: KeyVaultDouble): {
  readonly tlsOptions: { readonly ca: string };
  readonly retryOptions: { readonly maxRetries: number };
} {
  return { tlsOptions: { ca: vault.caPem }, retryOptions: { maxRetries: 0 } };
}

/** The same for what asks for tokens. */
export function login(vault: KeyVaultDouble): ReturnType<typeof connection> & {
  readonly authorityHost: string;
  readonly disableInstanceDiscovery: boolean;
} {
  return { ...connection(vault), authorityHost: vault.url, disableInstanceDiscovery: true };
}

/** The credential with the client secret. */
export function secretCredential(vault: KeyVaultDouble): Credential {
  const { clientId, clientSecret } = vault.identities.clientSecret;
  return new ClientSecretCredential(vault.tenantId, clientId, clientSecret, login(vault));
}

/** Clients that log in with the client secret, if not with `credential`. */
export function clients(
  vault: KeyVaultDouble,
  { credential = secretCredential(vault), url = vault.url, maxRetries = 0 } = {},
): Clients {
  const options = { ...connection(vault), disableChallengeResourceVerification: true, retryOptions: { maxRetries } };
  return {
    keys: new KeyClient(url, credential, options),
    secrets: new SecretClient(url, credential, options),
    certificates: new CertificateClient(url, credential, options),
    cryptography: (keyId) => new CryptographyClient(keyId, credential, options),
  };
}

/** What a RestError of the SDK says of the answer. */
export interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly inner: string | undefined;
  readonly message: string;
  readonly header: (name: string) => string | undefined;
}

interface RestError extends Error {
  readonly statusCode?: number;
  readonly details?: { readonly error?: { code?: string; message?: string; innerError?: { code?: string } } };
  readonly response?: { readonly headers: { get(name: string): string | undefined } };
}

/** Awaits an answer that has to be an error of the vault. */
export async function refusal(answer: Promise<unknown>): Promise<Refusal> {
  const error = await failure(answer);
  const { statusCode, details, response } = error as RestError;
  assert.ok(statusCode !== undefined && response !== undefined, `no answer: ${error.message}`);
  return {
    status: statusCode,
    code: details?.error?.code,
    inner: details?.error?.innerError?.code,
    message: details?.error?.message ?? '',
    header: (name) => response.headers.get(name),
  };
}

/** Awaits what has to fail. */
export async function failure(answer: Promise<unknown>): Promise<Error> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  assert.ok('error' in outcome, 'it was expected to fail');
  assert.ok(outcome.error instanceof Error);
  return outcome.error;
}
