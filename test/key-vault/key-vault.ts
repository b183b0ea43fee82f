import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type HarnessOptions, startCaProcess } from '../cas/ca-process.ts';
import { getJson } from '../cas/https-client.ts';
import { buildGoProgram } from '../cas/programs.ts';
import { createTestCa } from '../cas/test-ca.ts';
import { freePorts } from '../controlplane/ports.ts';
import { type Administration, administer } from './administration.ts';
import { createIdentities, type Identities, principalsOf } from './identities.ts';

/** A wire double of Azure Key Vault, and of what gives tokens for it, on loopback. README.md says what is real in it. */
export interface KeyVaultDouble extends Administration {
  /** `https://127.0.0.1:PORT`: the vault, and the authority host. Clients need `disableChallengeResourceVerification`. */
  readonly url: string;
  /** Plain HTTP; the administration's paths begin with `/admin/`. */
  readonly adminUrl: string;
  /** Plain HTTP, for AZURE_POD_IDENTITY_AUTHORITY_HOST. */
  readonly imdsUrl: string;
  /** The root of its server certificate. Processes under test get NODE_EXTRA_CA_CERTS=caFile; Node reads it at their start only. */
  readonly caPem: string;
  readonly caFile: string;
  readonly tenantId: string;
  /** Each with all permissions, until `permit` says otherwise. */
  readonly identities: Identities;
  /** Variables that have Azure's SDK ask here for a managed identity: as on a virtual machine, and as in App Service. */
  readonly managedIdentityEnvironments: {
    readonly imds: Readonly<Record<string, string>>;
    readonly appService: Readonly<Record<string, string>>;
  };
  /**
   * What the workload identity webhook gives to a pod: AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE (a new token, good
   * for an hour) and AZURE_AUTHORITY_HOST.
   * @param subject of the token; the one that is federated from the start if not given.
   */
  workloadEnvironment(subject?: string): Promise<Record<string, string>>;
  logTail(lines?: number): Promise<string>;
  close(): Promise<void>;
}

type Setup = Pick<KeyVaultDouble, 'url' | 'adminUrl' | 'imdsUrl' | 'caPem' | 'caFile' | 'tenantId' | 'identities'> & {
  readonly configFile: string;
  readonly identityHeader: string;
};

/** So small that tests page through lists. */
const pageSize = 3;

async function prepare(folder: string, port: number): Promise<Setup> {
  const [plainPort = 0] = await freePorts(1);
  const ca = await createTestCa(folder, 'key vault root');
  const server = await ca.server('key vault server');
  const identities = await createIdentities(folder);
  const [tenantId, identityHeader] = [randomUUID(), randomUUID()];
  const configFile = join(folder, 'double.json');
  const config = {
    vaultAddress: `127.0.0.1:${port}`,
    plainAddress: `127.0.0.1:${plainPort}`,
    certificateFile: server.certificateFile,
    keyFile: server.keyFile,
    tenantId,
    pageSize,
    identityHeader,
    principals: principalsOf(identities),
  };
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
  const plainUrl = `http://127.0.0.1:${plainPort}`;
  return {
    configFile,
    identityHeader,
    url: `https://127.0.0.1:${port}`,
    adminUrl: plainUrl,
    imdsUrl: plainUrl,
    caPem: ca.certificatePem,
    caFile: ca.certificateFile,
    tenantId,
    identities,
  };
}

/** A token as a Kubernetes API server makes it for a ServiceAccount. */
async function serviceAccountToken(subject: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'service-accounts' })
    .setIssuer('https://kubernetes.default.svc.cluster.local')
    .setSubject(subject)
    .setAudience('api://AzureADTokenExchange')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('1h')
    .sign(privateKey);
}

/** Starts a double with a new tenant and an empty vault; builds it first where it is not in the cache. */
export async function startKeyVault({ environment, stream }: HarnessOptions): Promise<KeyVaultDouble> {
  const program = await buildGoProgram(join(import.meta.dirname, 'double'), environment, stream);
  const { setup, folder, logTail, close } = await startCaProcess({
    name: 'key-vault',
    program,
    environment,
    prepare,
    args: ({ configFile }) => [configFile],
    async probe({ url, tenantId, adminUrl, caPem }) {
      await getJson(`${url}/${tenantId}/v2.0/.well-known/openid-configuration`, { ca: caPem });
      await getJson(`${adminUrl}/admin/journal`, {});
    },
  });
  const { configFile: _, identityHeader, ...known } = setup;
  const { url, tenantId, adminUrl, imdsUrl, identities } = known;
  return {
    ...known,
    ...administer(adminUrl, identities.workload.clientId),
    managedIdentityEnvironments: {
      imds: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imdsUrl },
      appService: { IDENTITY_ENDPOINT: `${imdsUrl}/msi/token`, IDENTITY_HEADER: identityHeader },
    },
    async workloadEnvironment(subject = identities.workload.subject) {
      const tokenFile = join(folder, `token-${randomUUID()}`);
      await writeFile(tokenFile, await serviceAccountToken(subject), { mode: 0o600 });
      return {
        AZURE_CLIENT_ID: identities.workload.clientId,
        AZURE_TENANT_ID: tenantId,
        AZURE_FEDERATED_TOKEN_FILE: tokenFile,
        AZURE_AUTHORITY_HOST: `${url}/`,
      };
    },
    logTail,
    close,
  };
}
