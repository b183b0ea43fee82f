import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import { approverServiceAccount, controllerNamespace } from '../../../src/api/group.ts';
import { defaultRbacOptions, type RbacOptions } from '../../../src/api/rbac-rules.ts';
import { rbacYaml } from '../../../src/api/rbac.ts';
import { certificateRequests, certificateSigningRequests, configMaps } from '../../../src/api/resources.ts';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { forbiddenCalls } from '../../controlplane/audit.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { guardApprovals } from './approver-lab.ts';
import { startControllerProcess, type ControllerProcess } from './controller-process.ts';
import { eventually } from './eventually.ts';
import { createIdentity } from './identity.ts';
import { observeIssuers, type IssuerObserver } from './issuers.ts';
import { loginDocument, startLoginServer, type LoginServer } from './login-server.ts';
import { applyCaSecret, createNamespace, issuerKindOf, issuerRefOf, makeCa, type IssuerName } from './objects.ts';
import { observe, type Observer } from './observer.ts';
import { requestObject } from './requests.ts';
import { openWorld, type World } from './world.ts';

/** Who asks for CertificateSigningRequests. */
const requester = 'jane';
/** The ServiceAccount that issuers log in as. */
export const loginAccount = 'login';
const approverUser = `system:serviceaccount:${controllerNamespace}:${approverServiceAccount}`;

/** A controller that runs under rights of its own, with a token that the audit log tells from others. */
export interface Trial {
  /** The controller, and the built-in approver where it has rights. */
  readonly processes: readonly ControllerProcess[];
  /** What the controller asked the API server for so far: `secrets`, `leases`, `certificaterequests/status`. */
  used(): Promise<ReadonlySet<string>>;
  /** Calls that the API server refused the controller and, in the whole life of the lab, the approver. */
  refused(): Promise<readonly string[]>;
  /** Ends the processes; what comes after is no concern of theirs. */
  end(): Promise<void>;
}

/** A world whose rights are replaced again and again. */
export interface RightsLab {
  readonly world: World;
  readonly issuers: IssuerObserver;
  readonly requests: Observer<CertificateRequest>;
  readonly signingRequests: Observer<CertificateSigningRequest>;
  readonly logins: LoginServer;
  /** Takes away all rights and gives those of the options. */
  give(options: Partial<RbacOptions>): Promise<void>;
  /** Gives rights and starts the processes that they are for. */
  start(options: Partial<RbacOptions>): Promise<Trial>;
  /** A namespace with a ServiceAccount to log in as, in which Jane may use the issuers. */
  prepare(namespace: string): Promise<void>;
  /** Puts a new CA into a Secret; gives words that an issuer with that CA has in its message. */
  rotateCa(namespace: string): Promise<RegExp>;
  /** Makes the ConfigMap of a pki issuer that logs in. */
  describeLogin(namespace: string): Promise<void>;
  ask(issuer: IssuerName, namespace: string, name: string): Promise<void>;
  askByCsr(issuer: IssuerName, name: string): Promise<void>;
  kubectl(...args: readonly string[]): Promise<string>;
}

/** Starts the control plane, in which nobody approves without the right to. */
export async function openRightsLab(): Promise<RightsLab> {
  const world = await openWorld();
  const { admin, plane } = world;
  const kubectl = async (...args: readonly string[]): Promise<string> => await mustKubectl(plane.kubectl, args);
  const [requests, signingRequests, issuers, logins] = await Promise.all([
    observe(admin, certificateRequests),
    observe(admin, certificateSigningRequests),
    observeIssuers(admin),
    startLoginServer(),
  ]);
  for (const { close } of [requests, signingRequests, issuers, logins]) world.onClose(close);
  await guardApprovals(world, controllerNamespace);
  await kubectl('create', 'clusterrolebinding', 'ask', '--clusterrole=external-issuer-csr-requester', `--user=${requester}`);
  await kubectl('create', 'serviceaccount', loginAccount, `--namespace=${controllerNamespace}`);
  const reader = ['--clusterrole=external-issuer-metrics-reader', `--serviceaccount=${controllerNamespace}:${loginAccount}`];
  await kubectl('create', 'clusterrolebinding', 'read-metrics', ...reader);
  const csr = opensslCsr({ subject: 'CN = a.example.com', extensions: 'subjectAltName = DNS:a.example.com' });
  let count = 0;

  async function give(options: Partial<RbacOptions>): Promise<void> {
    const kinds = 'clusterrolebinding,clusterrole,rolebinding,role';
    await kubectl('delete', kinds, '--all-namespaces', '--selector=app.kubernetes.io/name=external-issuer', '--wait=false');
    await world.apply(rbacYaml({ ...defaultRbacOptions, ...options }));
  }

  async function startApprover(args: readonly string[]): Promise<ControllerProcess> {
    const kubeconfig = await plane.serviceAccountKubeconfig(controllerNamespace, approverServiceAccount);
    const approver = await startControllerProcess({ kubeconfig, command: 'approver', args });
    world.onClose(async () => void (await approver.end()));
    return approver;
  }

  return {
    world,
    issuers,
    requests,
    signingRequests,
    logins,
    kubectl,
    give,
    async start(options) {
      const [identity] = await Promise.all([createIdentity(plane, `rights-${(count += 1)}`), give(options)]);
      const common = [
        '--leader-elect',
        ...(options.requestKinds === undefined ? [] : [`--request-kinds=${options.requestKinds.join(',')}`]),
        ...(options.metricsSecure === true ? ['--metrics-secure'] : []),
      ];
      const reachable = ['--allow-ca-addresses=127.0.0.1', '--allow-plaintext-credentials'];
      const [controller, approver] = await Promise.all([
        world.startController({
          args: [...common, `--kubeconfig=${identity.kubeconfig}`, ...reachable],
        }),
        options.approver === 'built-in' ? startApprover(common) : undefined,
      ]);
      const processes = approver === undefined ? [controller] : [controller, approver];
      return {
        processes,
        used: async () => new Set((await identity.calls()).map(({ resource }) => resource)),
        async refused() {
          const own = (await identity.calls()).filter(({ code }) => code === 403).map(({ verb, uri }) => `${verb} ${uri}`);
          return [...new Set(own), ...(await forbiddenCalls(plane.auditLogPath ?? '', approverUser))];
        },
        async end() {
          await Promise.all(processes.map(async (process) => await process.end()));
          // An audit line is written after its answer.
          await delay(200);
        },
      };
    },
    async prepare(namespace) {
      await createNamespace(admin, namespace);
      await kubectl('create', 'serviceaccount', loginAccount, `--namespace=${namespace}`);
      const role = ['--clusterrole=external-issuer-reference', `--user=${requester}`];
      await kubectl('create', 'rolebinding', 'reference', `--namespace=${namespace}`, ...role);
    },
    async rotateCa(namespace) {
      const commonName = `CA ${(count += 1)} of ${namespace}`;
      await applyCaSecret(admin, { namespace, name: 'keypair' }, makeCa(commonName));
      return new RegExp(commonName);
    },
    async describeLogin(namespace) {
      const data = { 'pki-config.json': loginDocument(logins, loginAccount) };
      await admin.apply(configMaps, { metadata: { namespace, name: 'login' }, data }, { fieldManager: 'test' });
    },
    async ask(issuer, namespace, name) {
      await admin.create(certificateRequests, requestObject({ namespace, name, csr, issuerRef: issuerRefOf(issuer) }));
    },
    async askByCsr(issuer, name) {
      const plural = issuerKindOf(issuer) === 'ExternalIssuer' ? 'externalissuers' : 'externalclusterissuers';
      const path = issuer.namespace === undefined ? issuer.name : `${issuer.namespace}.${issuer.name}`;
      const object = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name },
        spec: {
          signerName: `${plural}.external-issuer.io/${path}`,
          request: Buffer.from(csr).toString('base64'),
          usages: ['digital signature', 'server auth'],
        },
      };
      // The rights of a role that was just made again are not at once everywhere.
      await eventually('Jane may ask', async () => {
        await mustKubectl(plane.kubectl, ['create', `--as=${requester}`, '--filename=-'], JSON.stringify(object));
        return true;
      });
    },
  };
}
