import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controllerNamespace, controllerServiceAccount } from '../../../src/api/group.ts';
import { writeKubeconfig } from '../../controlplane/kubeconfig.ts';
import { currentCluster, mustKubectl } from '../../controlplane/kubectl.ts';
import type { ControlPlane } from '../../controlplane/types.ts';

/** The controller's ServiceAccount with a token of its own, so that the audit log tells one process from another. */
export interface Identity {
  readonly kubeconfig: string;
  readonly token: string;
  /** What the API server was asked with this token since it started, oldest first. */
  calls(): Promise<readonly ApiCall[]>;
}

/** One request to the API server. */
export interface ApiCall {
  readonly verb: string;
  /** `certificaterequests`, `certificaterequests/status`. */
  readonly resource: string;
  readonly uri: string;
  /** HTTP status. */
  readonly code: number;
  /** When the API server got it, in milliseconds since the epoch. */
  readonly at: number;
}

/** A line of the audit log, as far as it is read here. */
interface AuditLine {
  readonly verb: string;
  readonly stage: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly extra?: Readonly<Record<string, readonly string[] | undefined>> };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

const credentialKey = 'authentication.kubernetes.io/credential-id';

/**
 * Makes an identity called `name`, with a kubeconfig whose cluster has these fields changed: `server`, `tls-server-name`.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ for the id of a token.
 */
export async function createIdentity(
  plane: ControlPlane,
  name: string,
  cluster: Readonly<Record<string, unknown>> = {},
): Promise<Identity> {
  const args = ['create', 'token', controllerServiceAccount, `--namespace=${controllerNamespace}`];
  const [made, actual] = await Promise.all([mustKubectl(plane.kubectl, args), currentCluster(plane.kubectl)]);
  const token = made.trim();
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly jti: string };
  const kubeconfig = join(plane.dir, `${name}.kubeconfig`);
  await writeKubeconfig(kubeconfig, { ...actual, ...cluster }, { token }, controllerNamespace);
  return {
    kubeconfig,
    token,
    async calls() {
      const text = await readFile(plane.auditLogPath ?? '', 'utf8');
      const lines = text.split('\n').slice(0, -1);
      const all = lines.filter((line) => line.includes(jti)).map((line) => JSON.parse(line) as AuditLine);
      // A watch has a line for its beginning and one for its end.
      const begun = all.filter(({ verb, stage }) => verb !== 'watch' || stage === 'ResponseStarted');
      return begun.filter(({ user }) => user.extra?.[credentialKey]?.includes(`JTI=${jti}`)).map(callOf);
    },
  };
}

/** Whether the call was made to change something. */
export function isWrite({ verb }: ApiCall): boolean {
  return verb !== 'get' && verb !== 'list' && verb !== 'watch';
}

/** What a controller tried to write to the status of requests, oldest first: the name of the request, and the HTTP status. */
export async function statusWrites(identity: Identity): Promise<readonly { readonly name: string; readonly code: number }[]> {
  const writes = (await identity.calls()).filter(({ resource }) => resource === 'certificaterequests/status');
  return writes.map(({ uri, code }) => ({ name: /certificaterequests\/([^/]+)\/status/.exec(uri)?.[1] ?? uri, code }));
}

/** The port of the control plane's API server on 127.0.0.1. */
export function apiServerPort(plane: ControlPlane): number {
  return Number(new URL(plane.server).port);
}

function callOf({ verb, requestURI, requestReceivedTimestamp, objectRef, responseStatus }: AuditLine): ApiCall {
  const { resource = '', subresource } = objectRef ?? {};
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    uri: requestURI,
    code: responseStatus?.code ?? 0,
    at: Date.parse(requestReceivedTimestamp),
  };
}
