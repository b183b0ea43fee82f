import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../src/lib/clock.ts';
import type { ServedRequest } from '../https-server.ts';
import { createStandInAuthority } from './authority.ts';
import { readJson, type Route, type StandIn, type StandInReply, startStandIn } from './stand-in.ts';
import { type VaultAuthority, vaultPki } from './vault-pki.ts';
import { vaultAnswer, vaultRefusal } from './vault-reply.ts';

export interface VaultOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How long a token from a login is good; 600 by default. */
  readonly tokenSeconds?: number;
  /** The longest lifetime of the role; 72 hours by default. */
  readonly maxTtlSeconds?: number;
  /** Turns on the login with Kubernetes tokens: whether a token is genuine and for this audience. */
  verifyKubernetesToken?(jwt: string, audience: string): Promise<boolean>;
}

/** A stand-in for Vault with AppRole at `auth/approle`, Kubernetes at `auth/kubernetes` and a CA at `pki`. */
export interface VaultStandIn extends StandIn {
  readonly roleId: string;
  readonly secretId: string;
  /** The role that both the login with a Kubernetes token and the CA know. */
  readonly role: string;
  readonly rootPem: string;
  /** Makes every token given so far worthless. */
  revokeTokens(): void;
  /** How many logins have succeeded. */
  logins(): number;
}

const role = 'demo';
const audience = 'vault';

const approleLogin = z.strictObject({ role_id: z.string().min(1), secret_id: z.string().min(1) });
const kubernetesLogin = z.strictObject({ role: z.string().min(1), jwt: z.string().min(1) });

/** The tokens that logins gave. */
interface Tokens {
  login(): StandInReply;
  isGood(request: ServedRequest): boolean;
  revokeAll(): void;
  count(): number;
}

function createTokens(clock: Pick<Clock, 'now'>, seconds: number): Tokens {
  const endings = new Map<string, number>();
  let logins = 0;
  return {
    login() {
      logins++;
      const client_token = `hvs.${randomUUID().replaceAll('-', '')}`;
      endings.set(client_token, clock.now() + seconds * 1000);
      const policies = ['default', 'pki'];
      const rest = { accessor: randomUUID(), policies, token_policies: policies, metadata: {}, entity_id: randomUUID() };
      return vaultAnswer(null, {
        auth: { client_token, ...rest, lease_duration: seconds, renewable: true, token_type: 'service', orphan: true },
      });
    },
    isGood({ headers }) {
      const bearer = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '')?.[1];
      return (endings.get(headers['x-vault-token'] ?? bearer ?? '') ?? 0) > clock.now();
    },
    revokeAll: () => endings.clear(),
    count: () => logins,
  };
}

/**
 * Starts a stand-in for Vault's HTTP API, by its public API documentation and by what Vault 1.21 was seen to answer. Unlike
 * Vault it refuses fields it does not know.
 */
export async function startVault(options: VaultOptions): Promise<VaultStandIn> {
  const { clock, tokenSeconds = 600, maxTtlSeconds = 72 * 3600, verifyKubernetesToken } = options;
  const ca: VaultAuthority = { authority: await createStandInAuthority(clock), role, maxTtlSeconds, clock };
  const [roleId, secretId] = [randomUUID(), randomUUID()];
  const tokens = createTokens(clock, tokenSeconds);
  const write = ['POST', 'PUT'];

  const logins: Route[] = [
    {
      methods: write,
      path: /^\/v1\/auth\/approle\/login$/,
      async answer(request) {
        const read = readJson(request, approleLogin);
        if (!read.ok) return vaultRefusal(400, read.error);
        const known = read.value.role_id === roleId && read.value.secret_id === secretId;
        return known ? tokens.login() : vaultRefusal(400, 'invalid role or secret ID');
      },
    },
  ];
  if (verifyKubernetesToken !== undefined)
    logins.push({
      methods: write,
      path: /^\/v1\/auth\/kubernetes\/login$/,
      async answer(request) {
        const read = readJson(request, kubernetesLogin);
        if (!read.ok) return vaultRefusal(400, read.error);
        if (read.value.role !== role) return vaultRefusal(400, `invalid role name "${read.value.role.slice(0, 40)}"`);
        return (await verifyKubernetesToken(read.value.jwt, audience))
          ? tokens.login()
          : vaultRefusal(403, 'permission denied');
      },
    });

  const standIn = await startStandIn({
    routes: [
      {
        methods: ['GET'],
        path: /^\/v1\/sys\/health$/,
        answer: async () => ({ status: 200, body: { initialized: true, sealed: false, standby: false, version: '1.21.4' } }),
      },
      {
        methods: ['GET'],
        path: /^\/v1\/auth\/token\/lookup-self$/,
        answer: async (request) =>
          tokens.isGood(request) ? vaultAnswer({ ttl: tokenSeconds }) : vaultRefusal(403, 'permission denied'),
      },
      ...logins,
      ...vaultPki(ca, tokens.isGood),
    ],
    errorBody: (_, reason) => ({ errors: [reason] }),
  });
  return {
    ...standIn,
    roleId,
    secretId,
    role,
    rootPem: ca.authority.rootPem,
    revokeTokens: tokens.revokeAll,
    logins: tokens.count,
  };
}
