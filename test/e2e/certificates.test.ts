import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { events } from '../../src/kube/event.ts';
import { certificateCases, keyCases } from './support/certificate-cases.ts';
import { eventually } from './support/eventually.ts';
import { observeIssuers, type IssuerObserver } from './support/issuers.ts';
import {
  allowReferences,
  certificates,
  createNamespace,
  issuerRefOf,
  type Certificate,
  type IssuerName,
} from './support/objects.ts';
import { observe, type Observer } from './support/observer.ts';
import { hasReason, readyOf } from './support/requests.ts';
import { watchSuite, withoutAuditLog } from './support/suite.ts';
import {
  checkTlsSecret,
  extensionText,
  leafOf,
  opensslText,
  purposesOf,
  readTlsSecret,
  verifyChain,
  type TlsSecret,
} from './support/tls-secret.ts';
import { controllerUser, openWorld, type World } from './support/world.ts';

const namespace = 'certificates';
const issuer: IssuerName = { namespace, name: 'ca' };

describe('a Certificate becomes a Secret', () => {
  const suiteEnd = watchSuite();
  let world: World;
  let seen: Observer<Certificate>;
  let requests: Observer<CertificateRequest>;
  let issuers: IssuerObserver;
  before(async () => {
    world = await openWorld();
    [seen, requests] = await Promise.all([observe(world.admin, certificates), observe(world.admin, certificateRequests)]);
    issuers = await observeIssuers(world.admin);
    for (const { close } of [seen, requests, issuers]) world.onClose(close);
    await createNamespace(world.admin, namespace);
    await allowReferences(world.admin, namespace);
    await world.startController();
    await issuers.ready(issuer, { mockCa: { commonName: 'Test root' } });
  });
  after(async () => await world.close(suiteEnd()));

  /** Makes a Certificate, waits until cert-manager calls it ready and reads its Secret, of which the usual is checked. */
  async function certify(name: string, by: IssuerName, spec: Readonly<Record<string, unknown>>): Promise<TlsSecret> {
    const key = { namespace, name };
    await world.admin.create(certificates, { metadata: key, spec: { secretName: name, issuerRef: issuerRefOf(by), ...spec } });
    return await certified(name, 1);
  }

  async function certified(name: string, revision: number): Promise<TlsSecret> {
    const isReady = (object: Certificate): boolean =>
      readyOf(object)?.status === 'True' && object.status?.revision === revision;
    await seen.until({ namespace, name }, `is ready in revision ${revision}`, isReady, 60_000);
    const secret = await readTlsSecret(world.admin, { namespace, name });
    checkTlsSecret(secret);
    return secret;
  }

  /** What the controller wrote to requests' statuses, as `name status`. */
  async function statusWrites(): Promise<string[]> {
    const path = `/namespaces/${namespace}/certificaterequests/`;
    const writes = (await world.audit()).filter(
      ({ user, verb, requestURI }) => user.username === controllerUser && verb === 'patch' && requestURI.includes(path),
    );
    return writes.map(({ requestURI, responseStatus }) => {
      const name = /certificaterequests\/([^/]+)\/status/.exec(requestURI)?.[1] ?? requestURI;
      return `${name} ${responseStatus?.code}`;
    });
  }

  describe('on the real cert-manager', { concurrency: true }, () => {
    for (const { name, key, caKey, privateKey, mockCa, publicKeyText, caKeyText, namespaced } of keyCases) {
      const by: IssuerName = namespaced ? { namespace, name: `ca-${name}` } : { name: `ca-${name}` };
      test(`with a key ${key}, from an ${issuerRefOf(by).kind} with a CA key ${caKey}`, async () => {
        await issuers.ready(by, { mockCa });
        const secret = await certify(name, by, { dnsNames: [`${name}.example.com`], privateKey, usages: ['server auth'] });
        verifyChain(secret, secret.ca, 'sslserver');
        assert.equal(secret.certificates.length, 1);
        assert.match(opensslText(secret, '-text'), publicKeyText);
        assert.match(opensslText({ ...secret, chain: secret.ca }, '-text'), caKeyText);
      });
    }

    for (const { what, name, spec, subject, san, keyUsage, extendedKeyUsage, purposes, seconds } of certificateCases) {
      test(what, async () => {
        const secret = await certify(name, issuer, spec);
        verifyChain(secret, secret.ca, 'any');
        assert.equal(opensslText(secret, '-subject', '-nameopt', 'RFC2253'), `subject=${subject}\n`);
        assert.deepEqual(extensionText(secret, 'subjectAltName'), san);
        if (keyUsage !== undefined) assert.equal(extensionText(secret, 'keyUsage')?.text, keyUsage || undefined);
        if (extendedKeyUsage !== undefined)
          assert.equal(extensionText(secret, 'extendedKeyUsage')?.text, extendedKeyUsage || undefined);
        for (const purpose of purposes ?? []) assert.ok(purposesOf(secret).includes(purpose), purpose);
        assert.deepEqual(extensionText(secret, 'basicConstraints'), { critical: true, text: 'CA:FALSE' });
        const { validFromDate, validToDate } = leafOf(secret);
        if (seconds !== undefined) {
          assert.equal((validToDate.getTime() - validFromDate.getTime()) / 1000, seconds + 60);
        }
      });
    }

    test('for a CA, which then signs as the CA of another issuer within its name constraints', async () => {
      const constraints = { permitted: { dnsDomains: ['allowed.example.com'] }, excluded: { ipRanges: ['10.0.0.0/8'] } };
      const ca = await certify('sub-ca', issuer, {
        isCA: true,
        commonName: 'Sub CA',
        duration: '480h',
        privateKey: { algorithm: 'ECDSA', size: 384 },
        nameConstraints: { critical: true, ...constraints },
      });
      verifyChain(ca, ca.ca, 'any');
      assert.deepEqual(extensionText(ca, 'basicConstraints'), { critical: true, text: 'CA:TRUE' });
      assert.match(extensionText(ca, 'keyUsage')?.text ?? '', /Certificate Sign/);
      assert.ok(purposesOf(ca).includes('SSL server CA'));
      assert.deepEqual(extensionText(ca, 'nameConstraints'), {
        critical: true,
        text: 'Permitted:; DNS:allowed.example.com; Excluded:; IP:10.0.0.0/255.0.0.0',
      });

      const by: IssuerName = { namespace, name: 'from-secret' };
      await issuers.ready(by, { authSecretRef: { name: 'sub-ca' } });
      const outside = { namespace, name: 'outside' };
      const spec = { secretName: 'outside', issuerRef: issuerRefOf(by), dnsNames: ['a.example.com'] };
      await world.admin.create(certificates, { metadata: outside, spec });
      const inside = await certify('inside', by, { dnsNames: ['a.allowed.example.com'], duration: '2160h' });
      verifyChain(inside, ca.ca, 'sslserver');
      await seen.until(outside, 'says why', ({ status }) =>
        /NameNotPermitted: The DNS name "a\.example\.com" is outside of what .* permit \("allowed\.example\.com"\)/.test(
          findCondition(status?.conditions, 'Issuing')?.message ?? '',
        ),
      );
      assert.equal(inside.chain, leafOf(inside).toString() + ca.chain, 'the chain is the leaf and then its CA');
      assert.equal(inside.ca, ca.chain);
      assert.equal(leafOf(inside).validTo, leafOf(ca).validTo, 'no certificate outlives its CA');
    });

    test('or says why not, when the issuer refuses the request, and does once the Certificate is mended', async () => {
      const elsewhere = 'certificates-refused';
      const by: IssuerName = { name: 'no-sub-cas' };
      await createNamespace(world.admin, elsewhere);
      await issuers.ready(by, { mockCa: { pathLength: 0 } });
      const key = { namespace: elsewhere, name: 'refused' };
      const spec = { secretName: 'refused', issuerRef: issuerRefOf(by), commonName: 'Sub CA', isCA: true };
      await world.admin.create(certificates, { metadata: key, spec });
      const says = ({ status }: Certificate): boolean =>
        /failed to complete.*: PathLengthExceeded: The CA has the path length 0/.test(
          findCondition(status?.conditions, 'Issuing')?.message ?? '',
        );
      await seen.until(key, 'says why', says);
      await world.admin.mergePatch(certificates, key, { spec: { isCA: false } });
      await seen.until(key, 'is ready', (object) => readyOf(object)?.status === 'True');
    });

    test('with another serial number at each renewal', async () => {
      const first = await certify('renewed', issuer, { dnsNames: ['renewed.example.com'] });
      const issuing = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'By a test.' } as const;
      const object: Pick<Certificate, 'metadata' | 'status'> = {
        metadata: { namespace, name: 'renewed' },
        status: { conditions: [{ ...issuing, lastTransitionTime: new Date().toISOString().replace(/\.\d+/, '') }] },
      };
      await world.admin.apply(certificates, object as Certificate, { fieldManager: 'test', subresource: 'status' });
      const second = await certified('renewed', 2);
      assert.notEqual(leafOf(second).serialNumber, leafOf(first).serialNumber);
      assert.equal(second.ca, first.ca);
      verifyChain(second, first.ca, 'sslserver');
    });
  });

  test('by one status write, and one only', { skip: withoutAuditLog }, async () => {
    const ended = requests.all().filter(({ metadata }) => metadata.namespace === namespace);
    const isWell = hasReason('Issued');
    assert.ok(ended.length > 25 && ended.every((each) => isWell(each) || each.metadata.name === 'outside-1'));
    const names = ended.map(({ metadata }) => metadata.name);
    // The API server logs a call after it has answered it, so the last ones may still be on their way to the log.
    const written = await eventually('the audit log has a write of each request', async () => {
      const found = await statusWrites();
      return names.every((name) => found.some((write) => write.startsWith(`${name} `))) ? found : undefined;
    });
    // On a slow machine cert-manager may ask twice for one Certificate, of which the second is not over yet or the first is
    // gone: so the writes may speak of more requests than there are.
    const refused = written.filter((write) => !write.endsWith(' 200'));
    assert.deepEqual(refused, [], 'no write was refused');
    const repeated = written.filter((write, index) => written.indexOf(write) !== index);
    assert.deepEqual(repeated, [], 'no request was written twice');
  });

  test('with an event that says so', async () => {
    const { stdout } = await world.plane.kubectl(['events', '--for=certificaterequest/renewed-2', `--namespace=${namespace}`]);
    assert.match(stdout, /Normal +Issued +CertificateRequest\/renewed-2 +The certificate was signed and checked\./);
  });

  test('with a warning where it differs from what was asked or is refused, and else without', async () => {
    const { items } = await world.admin.list(events, { namespace });
    const warnings = items.filter(({ type, regarding }) => type === 'Warning' && regarding.kind === 'CertificateRequest');
    const told = warnings.map(({ regarding, reason }) => `${regarding.name} ${reason}`);
    assert.deepEqual(told.toSorted(), ['inside-1 IssuedDiffers', 'outside-1 NameNotPermitted']);
  });

  test('without a call that the API server forbids the controller', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await world.forbidden(), []);
  });
});
