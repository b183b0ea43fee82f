import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import { certificateRequests } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import type { ControllerProcess, LogLine } from './controller-process.ts';
import { issuerRefOf, type IssuerName } from './objects.ts';
import type { Observer } from './observer.ts';
import { judge, readyOf, requestObject } from './requests.ts';

/** Makes approved requests, `prefix-0` and on, in a namespace; all with one CSR. */
export type MakeRequests = (prefix: string, count: number) => Promise<readonly ObjectKey[]>;

/** Calls of the API that are under way at once. */
const parallel = 12;

/** A maker of requests for one issuer, approved as cert-manager's approver does. */
export function requestMaker(admin: KubeClient, namespace: string, issuer: IssuerName): MakeRequests {
  const csr = opensslCsr({ subject: 'CN = backlog.example.com', extensions: 'subjectAltName = DNS:backlog.example.com' });
  const issuerRef = issuerRefOf(issuer);
  return async (prefix, count) => {
    const keys = Array.from({ length: count }, (_, index) => ({ namespace, name: `${prefix}-${index}` }));
    const rest = keys.values();
    const work = async (): Promise<void> => {
      for (const key of rest) {
        await admin.create(certificateRequests, requestObject({ ...key, csr, issuerRef, duration: '24h' }));
        await judge(admin, key, 'Approved');
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    return keys;
  };
}

/** Waits until all are Ready; gives their uids. */
export async function untilIssued(
  observer: Observer<CertificateRequest>,
  keys: readonly ObjectKey[],
  timeoutMs = 30_000,
): Promise<readonly string[]> {
  const isReady = (object: CertificateRequest): boolean => readyOf(object)?.status === 'True';
  const seen = await Promise.all(keys.map((key) => observer.until(key, 'is issued', isReady, timeoutMs)));
  return seen.map(({ object }) => object.metadata.uid ?? '');
}

/** Each request got one good certificate, which stayed in every version of it seen since, and Ready with it. */
export function assertIssuedOnce(observer: Observer<CertificateRequest>, keys: readonly ObjectKey[]): void {
  for (const key of keys) {
    const history = observer.history(key);
    const first = history.findIndex(({ status }) => (status?.certificate ?? '') !== '');
    assert.ok(first >= 0, `${key.name} has no certificate`);
    const since = history.slice(first);
    assert.equal(new Set(since.map(({ status }) => status?.certificate)).size, 1, `${key.name} changed its certificate`);
    assert.deepEqual(new Set(since.map((object) => readyOf(object)?.reason)), new Set(['Issued']), key.name);
    const { subjectAltName } = new X509Certificate(Buffer.from(since[0]?.status?.certificate ?? '', 'base64'));
    assert.equal(subjectAltName, 'DNS:backlog.example.com');
  }
}

/** The serial number of the certificate of a request that is issued. */
export function serialOf(observer: Observer<CertificateRequest>, key: ObjectKey): string {
  const certificate = observer.history(key).at(-1)?.status?.certificate ?? '';
  return new X509Certificate(Buffer.from(certificate, 'base64')).serialNumber;
}

/** Whether this line of a log at level debug says that a CA has signed. */
export function isSigning(line: LogLine): boolean {
  return line.msg === 'signer asked' && line['outcome'] === 'issued';
}

/** Resolves when that many lines of a controller's log, past or future, match. */
export async function untilLogged(
  controller: ControllerProcess,
  matches: (line: LogLine) => boolean,
  count: number,
): Promise<void> {
  let seen = 0;
  await controller.waitForLog((line) => matches(line) && (seen += 1) >= count);
}

/** Whether this line says that a request is issued, its status written. */
export function isIssued(line: LogLine): boolean {
  return line.msg === 'request concluded' && line['outcome'] === 'issued';
}

/** The uid of the request of each signing by this process, in order. */
export function signingsOf({ logs }: ControllerProcess): readonly string[] {
  return logs.filter(isSigning).map((line) => String(line['uid']));
}
