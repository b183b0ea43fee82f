import { X509Certificate } from 'node:crypto';
import { findCondition, type Condition } from '../../../src/api/conditions.ts';
import { certificateSigningRequests } from '../../../src/api/resources.ts';
import type { CertificateSigningRequest, CertificateSigningRequestSpec } from '../../../src/api/signing-request.ts';
import type { KubeEvent } from '../../../src/kube/event.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { opensslCsr, type OpensslCsr } from '../../unit/x509/tools.ts';
import type { ControllerProcess } from './controller-process.ts';
import { eventually } from './eventually.ts';
import { observeIssuers, type IssuerObserver } from './issuers.ts';
import { eventsAbout } from './objects.ts';
import { observe, type Observer } from './observer.ts';
import type { SuiteEnd } from './suite.ts';
import { openWorld, type World } from './world.ts';

/** A CertificateSigningRequest that is to be made. */
export interface WantedSigningRequest extends Pick<CertificateSigningRequestSpec, 'expirationSeconds' | 'usages'> {
  readonly signerName: string;
  readonly csr?: OpensslCsr;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A world with a controller, with Jane, who may ask, and with Alice, who may approve. */
export interface SigningRequestLab {
  readonly world: World;
  readonly issuers: IssuerObserver;
  readonly seen: Observer<CertificateSigningRequest>;
  /** Makes the request as Jane. */
  ask(name: string, wanted: WantedSigningRequest): Promise<void>;
  /** Approves or denies as Alice, by kubectl, and as the administrator where the signer is another's. */
  decide(name: string, how: 'approve' | 'deny', asAdmin?: boolean): Promise<void>;
  askApproved(name: string, wanted: WantedSigningRequest): Promise<void>;
  /** Waits for the certificate; gives the chain, leaf first. */
  issued(name: string, timeoutMs?: number): Promise<readonly X509Certificate[]>;
  /** Waits for the condition Failed. */
  failed(name: string): Promise<Condition>;
  /** Waits for an event with that reason. */
  told(name: string, reason: string): Promise<KubeEvent>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Starts one more controller. */
  startController(): Promise<ControllerProcess>;
  /** Kills the controller that the lab began with. */
  killController(): Promise<void>;
  close(end: SuiteEnd): Promise<void>;
}

const flags = ['--allow-ca-addresses=127.0.0.1'];
const usualCsr: OpensslCsr = { subject: 'O = developers\nCN = jane' };

/** Starts all of it. */
export async function openSigningRequestLab(): Promise<SigningRequestLab> {
  const world = await openWorld();
  try {
    return await openIn(world);
  } catch (error) {
    await world.close({ failed: true });
    throw error;
  }
}

async function openIn(world: World): Promise<SigningRequestLab> {
  const { admin, plane } = world;
  const [seen, issuers] = await Promise.all([observe(admin, certificateSigningRequests), observeIssuers(admin)]);
  for (const { close } of [seen, issuers]) world.onClose(close);
  const kubectl = async (...args: readonly string[]): Promise<string> => await mustKubectl(plane.kubectl, args);
  for (const [user, role] of [
    ['jane', 'requester'],
    ['alice', 'approver'],
  ]) {
    await kubectl('create', 'clusterrolebinding', `csr-${role}`, `--clusterrole=external-issuer-csr-${role}`, `--user=${user}`);
  }
  const startController = async (): Promise<ControllerProcess> => await world.startController({ args: flags });
  const first = await startController();

  const lab: SigningRequestLab = {
    world,
    issuers,
    seen,
    kubectl,
    startController,
    killController: async () => void (await first.end('SIGKILL')),
    async ask(name, { csr = usualCsr, annotations = {}, usages = ['digital signature', 'client auth'], ...spec }) {
      const object = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name, annotations },
        spec: { request: Buffer.from(opensslCsr(csr)).toString('base64'), usages, ...spec },
      };
      await mustKubectl(plane.kubectl, ['create', '--as=jane', '--as-group=developers', '-f', '-'], JSON.stringify(object));
    },
    async decide(name, how, asAdmin = false) {
      await kubectl('certificate', how, name, ...(asAdmin ? [] : ['--as=alice']));
    },
    async askApproved(name, wanted) {
      await lab.ask(name, wanted);
      await lab.decide(name, 'approve');
    },
    async issued(name, timeoutMs) {
      const { object } = await seen.until({ name }, 'is issued', (seenObject) => certificateOf(seenObject) !== '', timeoutMs);
      const blocks = certificateOf(object).match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? [];
      return blocks.map((pem) => new X509Certificate(pem));
    },
    async failed(name) {
      const failedOf = ({ status }: CertificateSigningRequest): Condition | undefined =>
        findCondition(status?.conditions, 'Failed');
      const { object } = await seen.until({ name }, 'has failed', (seenObject) => failedOf(seenObject) !== undefined);
      return failedOf(object) ?? { type: 'Failed', status: 'Unknown' };
    },
    told: async (name, reason) =>
      await eventually(`${name} is told ${reason}`, async () => {
        const told = await eventsAbout(admin, { name });
        return told.find((event) => event.reason === reason) ?? false;
      }),
    close: world.close,
  };
  return lab;
}

/** The chain of a request, PEM; '' while there is none. */
export function certificateOf({ status }: CertificateSigningRequest): string {
  return Buffer.from(status?.certificate ?? '', 'base64').toString();
}

/** How long a certificate lasts from now, in seconds. */
export function lastsSeconds(certificate: X509Certificate | undefined): number {
  return ((certificate?.validToDate.getTime() ?? 0) - Date.now()) / 1000;
}
