import { fileURLToPath } from 'node:url';
import { approverServiceAccount, controllerNamespace } from '../../../src/api/group.ts';
import { certificateRequests, certificateSigningRequests } from '../../../src/api/resources.ts';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { forbiddenCalls } from '../../controlplane/audit.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { startControllerProcess, type ControllerProcess } from './controller-process.ts';
import { eventually } from './eventually.ts';
import { observeIssuers, type IssuerObserver } from './issuers.ts';
import { certificates, createNamespace, type Certificate } from './objects.ts';
import { observe, type Observer } from './observer.ts';
import { requestObject } from './requests.ts';
import { openWorld, type World } from './world.ts';

/** The identity the shipped manifests give the approver. */
const approverUser = `system:serviceaccount:${controllerNamespace}:${approverServiceAccount}`;
const guard = fileURLToPath(new URL('approval-guard.yaml', import.meta.url));
const manifest = fileURLToPath(new URL('../../../deploy/approver.yaml', import.meta.url));

/** A world in which the built-in approver decides, and cert-manager must not, as docs/approval.md has it made. */
export interface ApproverLab {
  readonly world: World;
  readonly issuers: IssuerObserver;
  readonly requests: Observer<CertificateRequest>;
  readonly signingRequests: Observer<CertificateSigningRequest>;
  readonly certificates: Observer<Certificate>;
  startApprover(...args: readonly string[]): Promise<ControllerProcess>;
  /** Makes a CertificateSigningRequest for that DNS name, as the user of that name or else as the administrator. */
  askForCsr(name: string, signerName: string, dnsName: string, asUser?: string): Promise<void>;
  /** Calls that the API server refused the approver. */
  forbidden(): Promise<readonly string[]>;
}

/** Starts a world with a controller, and with the rights of an approver that is not yet started. */
export async function openApproverLab(namespace: string): Promise<ApproverLab> {
  const world = await openWorld();
  const { admin, plane } = world;
  const kubectl = async (...args: readonly string[]): Promise<void> => void (await mustKubectl(plane.kubectl, args));
  const certManagerRole = 'cert-manager-controller-approve:external-issuer-io';
  await kubectl('delete', 'clusterrolebinding,clusterrole', certManagerRole);
  await kubectl('apply', '--server-side', `--filename=${manifest}`);
  const [requests, signingRequests, seen, issuers] = await Promise.all([
    observe(admin, certificateRequests),
    observe(admin, certificateSigningRequests),
    observe(admin, certificates),
    observeIssuers(admin),
  ]);
  for (const { close } of [requests, signingRequests, seen, issuers]) world.onClose(close);
  await createNamespace(admin, namespace);
  await guardApprovals(world, namespace);
  await world.startController();
  const kubeconfig = await plane.serviceAccountKubeconfig(controllerNamespace, approverServiceAccount);
  return {
    world,
    issuers,
    requests,
    signingRequests,
    certificates: seen,
    async startApprover(...args) {
      const approver = await startControllerProcess({ kubeconfig, command: 'approver', args });
      world.onClose(async () => void (await approver.end()));
      return approver;
    },
    async askForCsr(name, signerName, dnsName, asUser) {
      const csr = opensslCsr({ subject: `CN = ${dnsName}`, extensions: `subjectAltName = DNS:${dnsName}` });
      const object = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name },
        spec: { signerName, request: Buffer.from(csr).toString('base64'), usages: ['digital signature', 'server auth'] },
      };
      const impersonation = asUser === undefined ? [] : [`--as=${asUser}`];
      await mustKubectl(plane.kubectl, ['create', '--filename=-', ...impersonation], JSON.stringify(object));
    },
    async forbidden() {
      if (plane.auditLogPath === undefined) throw new Error('this cluster has no audit log at hand: skip this test there');
      return await forbiddenCalls(plane.auditLogPath, approverUser);
    },
  };
}

/** Has the API server refuse who may not approve, and resolves when it does. */
export async function guardApprovals({ admin, plane: { kubectl } }: World, namespace: string): Promise<void> {
  await mustKubectl(kubectl, ['apply', '--server-side', `--filename=${guard}`]);
  const issuerRef = { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'nowhere' };
  const csr = opensslCsr({ subject: 'CN = probe' });
  await admin.create(certificateRequests, requestObject({ namespace, name: 'probe', csr, issuerRef }));
  const denial = { status: { conditions: [{ type: 'Denied', status: 'True', reason: 'Probe', message: 'A probe.' }] } };
  const patch = ['patch', 'certificaterequest', 'probe', `--namespace=${namespace}`, '--subresource=status', '--type=merge'];
  // Somebody who may write statuses, as cert-manager may, and kubectl reads before it writes.
  const resources = '--resource=certificaterequests,certificaterequests/status';
  await mustKubectl(kubectl, ['create', 'clusterrole', 'probe', '--verb=get,patch', resources]);
  await mustKubectl(kubectl, ['create', 'clusterrolebinding', 'probe', '--clusterrole=probe', '--user=probe']);
  await eventually('who has no right to approve is refused', async () => {
    const { stderr } = await kubectl([...patch, '--dry-run=server', '--as=probe', `--patch=${JSON.stringify(denial)}`]);
    return stderr.includes('the approve right is missing');
  });
}
