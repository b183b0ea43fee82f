import assert from 'node:assert/strict';
import { approverServiceAccount, controllerNamespace, controllerServiceAccount } from '../../../src/api/group.ts';
import { certificateRequests, certificateSigningRequests } from '../../../src/api/resources.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { askerOf, type Asker, type Call, type Said } from './asker.ts';
import { eventually } from './eventually.ts';
import { createNamespace, issuerRefOf, makeCa } from './objects.ts';
import { judge, requestObject } from './requests.ts';
import type { RightsLab } from './rights-lab.ts';

type Party = 'controller' | 'approver';
type Name = 'open' | 'approved' | 'denied' | 'foreign' | 'no-group';

/** A write of the status of a request: `refusal` is what is said of it; without, it is allowed. */
interface Case {
  readonly what: string;
  readonly who: Party;
  readonly request: Name;
  readonly status: Readonly<Record<string, unknown>>;
  readonly refusal?: RegExp;
}

const namespace = 'rights-limits';
const ours = issuerRefOf({ name: 'limits' });
const issuerRefs = {
  open: ours,
  approved: ours,
  denied: ours,
  foreign: { name: 'other', kind: 'ClusterIssuer', group: 'other.example.com' },
  'no-group': { name: 'other' },
} as const satisfies Readonly<Record<Name, unknown>>;

const certificate = Buffer.from(makeCa('False CA').certificate).toString('base64');
const lastTransitionTime = '2026-01-01T00:00:00Z';

function condition(type: string, status = 'True'): Readonly<Record<string, string>> {
  return { type, status, reason: 'Test', message: 'By a test.', lastTransitionTime };
}

const pending = condition('Ready', 'False');
const notOurs = /may write the status of requests for issuers of external-issuer\.io only/;
const notItsDecision = /Approved and Denied are for the approver to set/;
const notItsPart = /certificate, ca and failureTime are for the controller to write/;

const cases: readonly Case[] = [
  { what: 'say why one waits', who: 'controller', request: 'open', status: { conditions: [pending] } },
  {
    what: 'give one up',
    who: 'controller',
    request: 'open',
    status: { conditions: [pending], failureTime: lastTransitionTime },
  },
  {
    what: 'write the certificate of an approved one',
    who: 'controller',
    request: 'approved',
    status: { certificate, ca: certificate },
  },
  {
    what: 'write the certificate of one that is not',
    who: 'controller',
    request: 'open',
    status: { certificate },
    refusal: /is not approved/,
  },
  {
    what: 'write the certificate of one that was denied after all',
    who: 'controller',
    request: 'denied',
    status: { certificate },
    refusal: /is not approved/,
  },
  {
    what: 'write the CA of one that is not',
    who: 'controller',
    request: 'open',
    status: { ca: certificate },
    refusal: /is not approved/,
  },
  {
    what: 'write a certificate for another issuer',
    who: 'controller',
    request: 'foreign',
    status: { certificate },
    refusal: notOurs,
  },
  {
    what: 'fail one for another issuer',
    who: 'controller',
    request: 'foreign',
    status: { conditions: [pending] },
    refusal: notOurs,
  },
  {
    what: "write one for cert-manager's issuers",
    who: 'controller',
    request: 'no-group',
    status: { certificate },
    refusal: notOurs,
  },
  {
    what: 'approve',
    who: 'controller',
    request: 'open',
    status: { conditions: [condition('Approved')] },
    refusal: notItsDecision,
  },
  {
    what: 'deny',
    who: 'controller',
    request: 'approved',
    status: { conditions: [condition('Approved'), condition('Denied')] },
    refusal: notItsDecision,
  },
  {
    what: 'take an approval away',
    who: 'controller',
    request: 'approved',
    status: { conditions: null },
    refusal: notItsDecision,
  },
  { what: 'take all away', who: 'controller', request: 'approved', status: { conditions: [pending] }, refusal: notItsDecision },
  { what: 'approve', who: 'approver', request: 'open', status: { conditions: [condition('Approved')] } },
  { what: 'deny', who: 'approver', request: 'open', status: { conditions: [condition('Denied')] } },
  {
    what: 'approve for another issuer',
    who: 'approver',
    request: 'foreign',
    status: { conditions: [condition('Approved')] },
    refusal: notOurs,
  },
  { what: 'write a certificate', who: 'approver', request: 'approved', status: { certificate }, refusal: notItsPart },
  { what: 'write a CA', who: 'approver', request: 'open', status: { ca: certificate }, refusal: notItsPart },
  { what: 'write a time', who: 'approver', request: 'open', status: { failureTime: lastTransitionTime }, refusal: notItsPart },
  {
    what: 'say that one is ready',
    who: 'approver',
    request: 'open',
    status: { conditions: [condition('Approved'), condition('Ready')] },
    refusal: /may write Approved and Denied only/,
  },
  {
    what: 'take a condition of others away',
    who: 'approver',
    request: 'denied',
    status: { conditions: [condition('Approved'), condition('Denied')] },
    refusal: /may write Approved and Denied only/,
  },
];

function callOf({ request, status }: Pick<Case, 'request' | 'status'>): Call {
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificaterequests/${request}/status`;
  return { method: 'PATCH', path, body: { status } };
}

/**
 * Tries all cases, none of which the administrator is refused. What cert-manager's webhook does is not done here: the policies
 * have to do alone.
 */
export async function assertLimited({ world, kubectl }: RightsLab): Promise<void> {
  const { admin, plane } = world;
  await kubectl('delete', 'validatingadmissionpolicybinding', 'approval-guard');
  await createNamespace(admin, namespace);
  const csr = opensslCsr({ subject: 'CN = a.example.com', extensions: 'subjectAltName = DNS:a.example.com' });
  for (const [name, issuerRef] of Object.entries(issuerRefs)) {
    await admin.create(certificateRequests, requestObject({ namespace, name, csr, issuerRef }));
  }
  await judge(admin, { namespace, name: 'approved' }, 'Approved');
  await judge(admin, { namespace, name: 'denied' }, 'Approved', 'Denied', 'InvalidRequest');
  const kubeconfigOf = async (account: string): Promise<string> =>
    await plane.serviceAccountKubeconfig(controllerNamespace, account);
  const askers = {
    administrator: await askerOf(plane.kubeconfigPath),
    controller: await askerOf(await kubeconfigOf(controllerServiceAccount)),
    approver: await askerOf(await kubeconfigOf(approverServiceAccount)),
  };
  for (const { close } of Object.values(askers)) world.onClose(close);
  const attempt = async (one: Case): Promise<void> => {
    const { what, who, request, refusal } = one;
    const words = `the ${who} wants to ${what} (${request})`;
    assert.deepEqual(await askers.administrator.ask(callOf(one)), { status: 200, message: '' }, words);
    const { status, message } = await askers[who].ask(callOf(one));
    assert.equal(status, refusal === undefined ? 200 : 403, `${words}: ${message}`);
    if (refusal !== undefined) assert.match(message, refusal, words);
  };
  // Only where the refusals are there do the rest show anything: it takes a moment until policies are in force.
  const refused = cases.filter(({ refusal }) => refusal !== undefined);
  for (const one of refused) await eventually('the case is refused', async () => await attempt(one).then(() => true), 5000);
  for (const one of cases.filter(({ refusal }) => refusal === undefined)) await attempt(one);
  await assertSigningRequestsLimited(world, askers.controller);
}

/** Of CertificateSigningRequests the API server itself knows which part of the status is for whom. */
async function assertSigningRequestsLimited({ admin }: RightsLab['world'], controller: Asker): Promise<void> {
  const csr = opensslCsr({ subject: 'CN = a.example.com', extensions: 'subjectAltName = DNS:a.example.com' });
  const name = 'rights-limits';
  const signerName = 'externalclusterissuers.external-issuer.io/limits';
  const request = Buffer.from(csr).toString('base64');
  await admin.create(certificateSigningRequests, {
    metadata: { name },
    spec: { signerName, request, usages: ['server auth'] },
  });
  const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}/status`;
  const write = async (type: string): Promise<Said> =>
    await controller.ask({ method: 'PATCH', path, body: { status: { conditions: [condition(type)] } } });
  assert.deepEqual(await write('Failed'), { status: 200, message: '' });
  for (const type of ['Approved', 'Denied']) {
    const { status, message } = await write(type);
    assert.equal(status, 422);
    assert.match(message, /updates may not add a condition of type/);
  }
}
