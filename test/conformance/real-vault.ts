import { randomBytes } from 'node:crypto';
import { AzureCliCredential, ClientSecretCredential } from '@azure/identity';
import { KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { messageOf } from '../../src/lib/errors.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { testSignersDeps } from '../unit/support/signers.ts';
import { openVaultOfCas, startVaultOfCas, type VaultAccess, type VaultOfCas } from './key-vault-ca.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The vault that EXTERNAL_ISSUER_TEST_VAULT_URL names, or a double where it names none. */
export async function startTestVault(): Promise<VaultOfCas> {
  const { givenVaultUrl, variables } = readEnvironment();
  return givenVaultUrl === undefined ? await startVaultOfCas() : await openRealVault(new URL(givenVaultUrl).origin, variables);
}

/** Who makes the CAs and asks for the issuers: the application of the environment, or else who is logged in by `az login`. */
function accessOf(env: Variables): Pick<VaultAccess, 'identity' | 'issuer'> {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = env;
  if (!tenantId || !clientId || !secret) return { identity: { type: 'developer' }, issuer: { block: {} } };
  return {
    identity: { type: 'secret', tenantId, clientId, secret },
    issuer: {
      block: { auth: { type: 'clientSecret', tenantId, clientId } },
      authSecret: { where: 'AZURE_CLIENT_SECRET', data: new Map([['client-secret', Buffer.from(secret)]]) },
    },
  };
}

/**
 * Opens a vault as the developer (`az login`), or as the application of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET where all
 * are set. What is made in it has names of this run alone, and is deleted and purged when it is closed.
 */
async function openRealVault(url: string, env: Variables): Promise<VaultOfCas> {
  const prefix = `external-issuer-test-${randomBytes(4).toString('hex')}-`;
  process.stderr.write(`${url}: the keys and secrets of this run begin with ${prefix}\n`);
  // One on this machine can only be a double.
  const disableChallengeVerification = new URL(url).hostname === '127.0.0.1';
  const access = accessOf(env);
  const azure = {
    env,
    allowAmbient: false,
    disableChallengeVerification,
    developerLogin: access.identity.type === 'developer',
  };
  const { vault: _, ...cas } = await openVaultOfCas({ url, deps: testSignersDeps({ azure }), ...access });
  const [keys, secrets] = [new Set<string>(), new Set<string>()];
  const named = (name: string, made: Set<string>): string => {
    made.add(prefix + name);
    return prefix + name;
  };
  return {
    open: async ({ keyName, ...block }) => await cas.open({ keyName: prefix + keyName, ...block }),
    makeRoot: async (name, ...rest) => await cas.makeRoot(named(name, keys), ...rest),
    makeIntermediate: async (name, parameters) => await cas.makeIntermediate(named(name, keys), parameters),
    store: async (name, pem) => await cas.store(named(name, secrets), pem),
    async close() {
      await cas.close();
      await removeAll({ url, env, disableChallengeVerification }, keys, secrets);
    },
  };
}

/** Deletes and purges; a vault that keeps what was deleted (purge protection) keeps it. */
async function removeAll(
  { url, env, disableChallengeVerification }: { url: string; env: Variables; disableChallengeVerification: boolean },
  keyNames: ReadonlySet<string>,
  secretNames: ReadonlySet<string>,
): Promise<void> {
  const options = { disableChallengeResourceVerification: disableChallengeVerification };
  const credential = developerCredential(env);
  const [keys, secrets] = [new KeyClient(url, credential, options), new SecretClient(url, credential, options)];
  const poll = { intervalInMs: 1000 };
  const works = [
    ...[...keyNames].map((name) => async () => {
      await (await keys.beginDeleteKey(name, poll)).pollUntilDone();
      await keys.purgeDeletedKey(name).catch(sayKept(name));
    }),
    ...[...secretNames].map((name) => async () => {
      await (await secrets.beginDeleteSecret(name, poll)).pollUntilDone();
      await secrets.purgeDeletedSecret(name).catch(sayKept(name));
    }),
  ];
  const rest = works.values();
  // A vault takes but a few changes a second.
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const work of rest) await work();
    }),
  );
}

function sayKept(name: string): (error: unknown) => void {
  return (error) => void process.stderr.write(`${name} was deleted and not purged: ${messageOf(error).slice(0, 200)}\n`);
}

function developerCredential(env: Variables): AzureCliCredential | ClientSecretCredential {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret, AZURE_AUTHORITY_HOST: host } = env;
  if (!tenant || !client || !secret) return new AzureCliCredential();
  const options = host ? { authorityHost: host, disableInstanceDiscovery: true } : {};
  return new ClientSecretCredential(tenant, client, secret, options);
}
