import { certificateRequests, certificateSigningRequests } from '../../../src/api/resources.ts';
import type { StatusView } from '../../../src/server/status-page/view.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { requestMaker } from './backlog.ts';
import type { ControllerProcess } from './controller-process.ts';
import { eventually } from './eventually.ts';
import { allowReferences, applyCaSecret, applyIssuer, createNamespace, issuerRefOf, makeCa } from './objects.ts';
import { judge, requestObject } from './requests.ts';
import { openWorld, type World } from './world.ts';

/** A leader and a standby with status pages, and issuers and requests in all states to be shown there. */
export interface StatusLab {
  readonly world: World;
  /** `http://127.0.0.1:40001` */
  readonly leaderUrl: string;
  readonly standbyUrl: string;
  readonly leader: ControllerProcess;
  readonly standby: ControllerProcess;
}

/** The names that the replicas have as pods. */
export const podNames = { leader: 'external-issuer-controller-6d8f9-abcde', standby: 'external-issuer-controller-6d8f9-fghij' };

const [shop, office] = ['shop', 'office'];

/** Starts all of it. `hostileIssuer` is the name of an issuer that a request asks for and that is not there. */
export async function openStatusLab(hostileIssuer?: string): Promise<StatusLab> {
  const world = await openWorld();
  try {
    const leader = await startReplica(world, podNames.leader);
    await leader.waitForLog(({ msg }) => msg === 'leading');
    const [standby] = await Promise.all([startReplica(world, podNames.standby), makeObjects(world, hostileIssuer)]);
    const [leaderUrl, standbyUrl] = await Promise.all([leader, standby].map(pageOf));
    const lab = { world, leader, standby, leaderUrl: leaderUrl ?? '', standbyUrl: standbyUrl ?? '' };
    await untilShown(lab, hostileIssuer === undefined ? 2 : 3);
    return lab;
  } catch (error) {
    await world.close({ failed: true });
    throw error;
  }
}

/** What a replica says of itself. */
export async function statusOf(url: string): Promise<StatusView> {
  return (await (await fetch(`${url}/status.json`)).json()) as StatusView;
}

async function startReplica(world: World, name: string): Promise<ControllerProcess> {
  const args = ['--leader-elect', '--status-bind-address=127.0.0.1:0'];
  return await world.startController({ args, env: { POD_NAME: name } });
}

async function pageOf(controller: ControllerProcess): Promise<string> {
  return `http://${String((await controller.waitForLog(({ msg }) => msg === 'status page listening'))['addr'])}`;
}

async function makeObjects({ admin }: World, hostileIssuer: string | undefined): Promise<void> {
  for (const namespace of [shop, office]) {
    await createNamespace(admin, namespace);
    await allowReferences(admin, namespace);
  }
  await applyCaSecret(admin, { namespace: shop, name: 'shop-ca' }, makeCa('Shop CA'));
  await applyIssuer(admin, { namespace: shop, name: 'shop-ca' }, { authSecretRef: { name: 'shop-ca' } });
  await applyIssuer(admin, { name: 'test-ca' });
  await applyIssuer(admin, { namespace: office, name: 'office-ca' }, { authSecretRef: { name: 'office-ca' } });
  await requestMaker(admin, shop, { namespace: shop, name: 'shop-ca' })('checkout', 3);
  await requestMaker(admin, office, { name: 'test-ca' })('wiki', 1);
  await requestMaker(admin, office, { namespace: office, name: 'office-ca' })('printer', 1);
  const csr = opensslCsr({ subject: 'CN = jane', extensions: 'subjectAltName = DNS:jane.example.com' });
  const denied = { namespace: shop, name: 'basket', issuerRef: issuerRefOf({ name: 'gone' }) };
  await admin.create(certificateRequests, requestObject({ ...denied, csr }));
  await judge(admin, denied, 'Denied');
  const request = Buffer.from(csr).toString('base64');
  const spec = { request, signerName: 'externalclusterissuers.external-issuer.io/test-ca', usages: ['client auth'] };
  await admin.create(certificateSigningRequests, { metadata: { name: 'jane' }, spec });
  if (hostileIssuer !== undefined) await requestMaker(admin, office, { name: hostileIssuer })('hostile', 1);
}

async function untilShown({ leaderUrl, standbyUrl }: StatusLab, unfinished: number): Promise<void> {
  await eventually('the leader shows all of it, the standby its leader', async () => {
    const [{ work }, { replica }] = await Promise.all([statusOf(leaderUrl), statusOf(standbyUrl)]);
    const issued = work?.recent.filter(({ state }) => state === 'issued').length;
    const told = work?.unfinished.filter(({ state, message }) => message !== '' || state === 'waiting-for-approval').length;
    return issued === 4 && told === unfinished && work?.issuers.length === 3 && replica.leader !== undefined;
  });
}
