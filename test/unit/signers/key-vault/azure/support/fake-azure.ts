import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { AddressPolicyOptions } from '../../../../../../src/signers/network/address-policy.ts';
import type { ByteBudget } from '../../../../../../src/signers/network/byte-budget.ts';
import { createNetwork } from '../../../../../../src/signers/network/network.ts';
import { openVault } from '../../../../../../src/signers/key-vault/azure/open-vault.ts';
import type { AzureDeps, VaultIdentity, VaultSettings } from '../../../../../../src/signers/key-vault/contract.ts';
import type { Vault } from '../../../../../../src/signers/key-vault/vault.ts';
import type { CallContext, TraceEntry } from '../../../../../../src/signers/signer.ts';
import { type TestCA, testCA } from '../../../network/support/certificates.ts';
import { policy } from '../../../network/support/client.ts';
import { httpsServer, type TestServer } from '../../../network/support/servers.ts';
import { vaultObjects } from './vault-objects.ts';

export const tenantId = '11111111-1111-1111-1111-111111111111';
export const clientId = '22222222-2222-2222-2222-222222222222';
export const clientSecret = 'Qq8~a/client+secret of=a test';

/** A request that a server got. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a server answers. */
export interface Reply {
  readonly status: number;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** In place of the usual answer; undefined leaves that. */
type Instead = (seen: Seen, response: ServerResponse) => Reply | 'done' | undefined;

/** A vault and a Microsoft Entra ID of a test, in this process. */
export interface FakeAzure {
  /** https://team.vault.azure.net:PORT, which is at 127.0.0.1. */
  readonly vaultUrl: string;
  readonly atVault: readonly Seen[];
  /** Requests for tokens alone. */
  readonly atEntra: readonly Seen[];
  readonly vaultServer: TestServer;
  readonly entraServer: TestServer;
  /** Answers of requests with a token. */
  vaultInstead: Instead;
  entraInstead: Instead;
  /** The WWW-Authenticate of requests without a token; undefined: none. */
  challenge: string | undefined;
  /** Tokens that it does not take. */
  readonly revoked: Set<string>;
  readonly env: Readonly<Record<string, string>>;
  open(identity?: VaultIdentity, options?: OpenOptions): Promise<Vault>;
}

export interface OpenOptions extends Partial<Omit<VaultSettings, 'identity'>> {
  readonly env?: AzureDeps['env'];
  readonly disableChallengeVerification?: boolean;
  readonly addresses?: Partial<AddressPolicyOptions>;
  readonly proxyEnv?: Readonly<Record<string, string>>;
  /** The bytes that all issuers may hold. */
  readonly answers?: ByteBudget;
}

export const secretIdentity: VaultIdentity = { type: 'secret', tenantId, clientId, secret: clientSecret };

const otherClouds = ['team.vault.usgovcloudapi.net', 'team.vault.azure.cn'];
const names = ['team.vault.azure.net', 'other.vault.azure.net', ...otherClouds, 'login.test', 'evil.test'];

/** The CA that this process believes besides the usual ones: the vault's is one of those. */
async function believedCA(): Promise<TestCA> {
  const ca = await testCA();
  setDefaultCACertificates([...getCACertificates('default'), ca.pem]);
  return ca;
}

/** Starts both, which end after the test. */
export async function fakeAzure(t: TestContext): Promise<FakeAzure> {
  const pair = await (await believedCA()).issue(names.map((name) => `DNS:${name}`));
  const atVault: Seen[] = [];
  const atEntra: Seen[] = [];
  let tokens = 0;
  const vaultServer = await httpsServer(t, pair, (request, response) => {
    void read(request).then((seen) => {
      atVault.push(seen);
      const token = seen.authorization?.replace('Bearer ', '') ?? '';
      if (token === '' || fake.revoked.has(token)) {
        const headers = fake.challenge === undefined ? {} : { 'www-authenticate': fake.challenge };
        const error = { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' };
        return reply(response, { status: 401, headers, body: { error } });
      }
      const instead = fake.vaultInstead(seen, response);
      return instead === 'done' ? undefined : reply(response, instead ?? vaultObjects(seen, fake.vaultUrl));
    });
  });
  const entraServer = await httpsServer(t, pair, (request, response) => {
    void read(request).then((seen) => {
      const instead = fake.entraInstead(seen, response);
      if (seen.method === 'GET') return instead === 'done' ? undefined : reply(response, instead ?? configuration(entraUrl));
      atEntra.push(seen);
      tokens += 1;
      const body = { token_type: 'Bearer', expires_in: 3600, access_token: `eyJ-token-${tokens}-of-the-test` };
      return instead === 'done' ? undefined : reply(response, instead ?? { status: 200, body });
    });
  });
  const entraUrl = `https://login.test:${entraServer.port}`;
  const fake: FakeAzure = {
    vaultUrl: `https://team.vault.azure.net:${vaultServer.port}`,
    atVault,
    atEntra,
    vaultServer,
    entraServer,
    vaultInstead: () => undefined,
    entraInstead: () => undefined,
    challenge: `Bearer authorization="https://login.windows.net/${tenantId}", resource="https://vault.azure.net"`,
    revoked: new Set(),
    env: { AZURE_AUTHORITY_HOST: `${entraUrl}/` },
    async open(identity = secretIdentity, options = {}) {
      const { env, disableChallengeVerification = false, addresses, proxyEnv = {}, answers, ...settings } = options;
      const made = createNetwork({
        addresses: policy(addresses ?? { allow: ['127.0.0.0/8'] }),
        env: proxyEnv,
        lookup: (host, wanted, callback) => {
          if (!names.includes(host)) return callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), '', 0);
          const found = [{ address: '127.0.0.1', family: 4 }];
          return wanted.all === true ? callback(null, found) : callback(null, '127.0.0.1', 4);
        },
      });
      const network = answers === undefined ? made : { ...made, answers };
      const azure = { env: { ...fake.env, ...env }, allowAmbient: true, disableChallengeVerification, developerLogin: false };
      const opened = await openVault({ vaultUrl: fake.vaultUrl, identity, ...settings }, { azure, network });
      assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
      t.after(() => opened.value.close());
      return opened.value;
    },
  };
  return fake;
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  return { method, path: url, authorization: headers.authorization, headers, body: Buffer.concat(chunks).toString() };
}

function reply(response: ServerResponse, { status, body = '', headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function configuration(entraUrl: string): Reply {
  const at = `${entraUrl}/${tenantId}`;
  const body = {
    token_endpoint: `${at}/oauth2/v2.0/token`,
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    issuer: `${at}/v2.0`,
    jwks_uri: `${at}/discovery/v2.0/keys`,
  };
  return { status: 200, body };
}

/** A call that is given up after twenty seconds, so that no test hangs, with all that it tells. */
export function callContext(): CallContext & { readonly entries: TraceEntry[] } {
  const entries: TraceEntry[] = [];
  return { signal: AbortSignal.timeout(20_000), trace: (entry) => entries.push(entry), entries };
}
