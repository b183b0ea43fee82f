import type { CertificateClient } from '@azure/keyvault-certificates';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import type { SecretClient } from '@azure/keyvault-secrets';
import { err, ok, type Result } from '../../../lib/result.ts';
import { createHttpClient } from '../../network/client.ts';
import type { Network } from '../../network/contract.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { VaultKey } from '../vault.ts';
import type { Authority } from './authority.ts';
import { clientOptions, createCredential } from './credential.ts';
import type { ExchangeRecords } from './exchange-record.ts';
import { createSdkHttpClient } from './http-client.ts';
import type { Login } from './login.ts';
import { toSdkKey } from './read-key.ts';
import { createTokens } from './tokens.ts';

/** What a session is made of. */
export interface SessionSettings {
  /** https://HOST[:PORT] */
  readonly vaultUrl: string;
  readonly login: Login;
  readonly authority: Authority;
  readonly records: ExchangeRecords;
  /** What tokens may be for; absent: whatever the server at `vaultUrl` wants (`--azure-disable-challenge-verification`). */
  readonly scopes?: ReadonlySet<string>;
}

/** The connections, the token and the clients of one vault, until they are dropped together. */
export interface Session {
  readonly keys: KeyClient;
  secrets(): Promise<SecretClient>;
  certificates(): Promise<CertificateClient>;
  /** The client that signs with this key: kept, since each new one asks which token is wanted. */
  signer(key: VaultKey): CryptographyClient;
  /** Work over it; it is not closed before that has ended. */
  use<T>(work: () => Promise<T>): Promise<T>;
  /** No further work will come: closes when what is under way has ended. */
  retire(): void;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const responseTimeoutMs = 30_000;
/** A vault's largest answers are lists and chains of a few dozen KiB. */
const maxResponseBytes = 1_048_576;

/** Opens connections; the network is not used before the first call. */
export function openSession(settings: SessionSettings, network: Network): Result<Session, ConfigProblem> {
  const { vaultUrl, login, authority, records, scopes } = settings;
  const made = createHttpClient(
    {
      tls: { minVersion: 'TLSv1.2', insecureSkipVerify: false, allowPlaintext: false },
      caHosts: [new URL(vaultUrl).hostname],
      encryptedOnly: true,
      connectTimeoutMs,
      responseTimeoutMs,
      maxResponseBytes,
    },
    network,
  );
  if (!made.ok) return err(made.error);
  const http = made.value;
  const toAuthority = createSdkHttpClient(http, { records });
  const tokens = createTokens({
    make: () => createCredential(login, { authority, records, httpClient: toAuthority }),
    records,
    ...(scopes === undefined ? {} : { scopes }),
  });
  const options = () => ({
    ...clientOptions,
    httpClient: createSdkHttpClient(http, { records, origin: new URL(vaultUrl).origin }),
    disableChallengeResourceVerification: scopes === undefined,
  });
  let secrets: SecretClient | undefined;
  let certificates: CertificateClient | undefined;
  let signer: { readonly id: string; readonly client: CryptographyClient } | undefined;
  let inUse = 0;
  let isRetired = false;

  return ok({
    keys: new KeyClient(vaultUrl, tokens, options()),
    // Loaded where they are used: most issuers need but one of them, and once.
    async secrets() {
      const sdk = await import('@azure/keyvault-secrets');
      return (secrets ??= new sdk.SecretClient(vaultUrl, tokens, options()));
    },
    async certificates() {
      const sdk = await import('@azure/keyvault-certificates');
      return (certificates ??= new sdk.CertificateClient(vaultUrl, tokens, options()));
    },
    signer(key) {
      if (signer?.id !== key.id) signer = { id: key.id, client: new CryptographyClient(toSdkKey(key), tokens, options()) };
      return signer.client;
    },
    async use(work) {
      inUse += 1;
      try {
        return await work();
      } finally {
        inUse -= 1;
        if (isRetired && inUse === 0) await http.close();
      }
    },
    retire() {
      isRetired = true;
      if (inUse === 0) void http.close();
    },
    close: http.close,
  });
}
