import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { Issued } from '../../../src/signers/signer.ts';
import { approved, certificateRequest } from './support/certificate-requests.ts';
import { issuedAnswer } from './support/issued.ts';
import { createRequestWorld, type RequestWorld } from './support/request-world.ts';
import { apiError } from './support/scripted-client.ts';
import { requestField } from './support/views.ts';

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

const deniedStatus = { conditions: [approved, { ...approved, type: 'Denied', reason: 'policy' }] };
const foreign = { status: { conditions: [approved], certificate: 'Zm9yZWlnbg==' } };

function labelled({ metadata }: CertificateRequest): Partial<CertificateRequest> {
  return { metadata: { ...metadata, labels: { team: 'a' } } };
}

function certificateIn({ object }: RequestWorld): X509Certificate {
  return new X509Certificate(Buffer.from(object.status?.certificate ?? '', 'base64'));
}

function reasonsTold({ told }: RequestWorld): readonly string[] {
  return told.map(({ reason }) => reason);
}

describe('an approved request', () => {
  test('is signed once, written once and told once', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    assert.equal(certificateIn(world).subjectAltName, 'DNS:a.example');
    assert.deepEqual([world.concluded, reasonsTold(world)], [['issued'], ['Issued']]);
    assert.equal(world.pool.loadOf('issuer-uid').inFlight, 0);
    world.watch();
    assert.deepEqual(await world.reconcile(), {});
    world.done();
  });

  test('is not signed again when its write was lost, however often', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    for (const code of ['Unreachable', 'Forbidden', 'Other'] as const) {
      world.expectLostApply(apiError(code));
      await assert.rejects(world.reconcile(), { code });
    }
    assert.deepEqual(world.told, []);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    assert.equal(certificateIn(world).subjectAltName, 'DNS:a.example');
    assert.deepEqual([world.concluded, reasonsTold(world)], [['issued'], ['Issued']]);
    world.done();
  });

  test('is not signed again while the watch is late', async () => {
    const world = createRequestWorld();
    const atFirst = world.view;
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    const { resourceVersion } = world.object.metadata;
    for (let wakes = 0; wakes < 3; wakes += 1) {
      world.view = atFirst;
      world.expectApply();
      world.expectGet();
      assert.deepEqual(await world.reconcile(), {});
    }
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    assert.deepEqual([world.concluded, reasonsTold(world)], [['issued'], ['Issued']], 'counted and told once');
    assert.equal(world.object.metadata.resourceVersion, resourceVersion);
    world.done();
  });

  test('gets the same certificate written on its newer version when something else has changed it', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(() => {
      world.change(labelled(world.object));
      return issued;
    });
    world.expectApply();
    world.expectGet();
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(
      world.applied.map(({ metadata }) => metadata.resourceVersion),
      ['10', '11'],
    );
    assert.deepEqual(world.writes, ['conflict', 'written']);
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    assert.equal(certificateIn(world).subjectAltName, 'DNS:a.example');
    world.done();
  });

  const superseding: readonly (readonly [string, Partial<CertificateRequest>])[] = [
    ['got a certificate from elsewhere', foreign],
    ['was made anew under its name', { metadata: certificateRequest({ metadata: { uid: 'uid-2' } }).metadata }],
    ['was given another CSR', { spec: certificateRequest({ spec: { request: requestField('another') } }).spec }],
    ['was denied', { status: deniedStatus }],
    ['lost its approval', { status: {} }],
    [
      'was handed to another issuer group',
      { spec: certificateRequest({ spec: { issuerRef: { name: 'ca', group: 'x' } } }).spec },
    ],
  ];
  for (const [what, change] of superseding) {
    test(`stays as it is where it ${what} while it was signed`, async () => {
      const world = createRequestWorld();
      world.signer.outcomes.push(() => {
        world.change(change);
        return issued;
      });
      world.expectApply();
      world.expectGet();
      assert.deepEqual(await world.reconcile(), {});
      assert.deepEqual([world.concluded, world.told, world.applied.length], [[], [], 1]);
      world.done();
    });
  }

  for (const place of ['apply', 'get'] as const) {
    test(`is let go where the API server says at ${place} that it is gone`, async () => {
      const world = createRequestWorld();
      world.signer.outcomes.push(issued);
      if (place === 'get') world.expectLostApply(apiError('Conflict'));
      world.expect(place, () => {
        throw apiError('NotFound');
      });
      assert.deepEqual(await world.reconcile(), {});
      assert.deepEqual(world.concluded, []);
      world.done();
    });
  }

  test('is tried again later where it changes faster than it can be written, without another signing', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    for (let conflicts = 0; conflicts < 5; conflicts += 1) {
      world.expectLostApply(apiError('Conflict'));
      world.expectGet();
    }
    world.expectLostApply(apiError('Conflict'));
    await assert.rejects(world.reconcile(), { code: 'Conflict' });
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    world.done();
  });

  test('keeps the certificate that another replica wrote, where this one stands at an older version and says Pending', async () => {
    const world = createRequestWorld();
    world.change(foreign);
    world.issuer = undefined;
    world.expectApply();
    world.expectGet();
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.object.status?.certificate, foreign.status.certificate);
    assert.deepEqual(world.told, []);
    world.done();
  });

  test('fails at once where its CSR is broken, without the CA, and says when', async () => {
    const world = createRequestWorld();
    world.object = certificateRequest({ spec: { request: requestField('nonsense') } });
    world.watch();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.signer.calls, []);
    assert.match(world.ready() ?? '', /^Failed: CsrMalformed: The CSR is refused/);
    assert.equal(world.object.status?.failureTime, '2027-01-15T08:00:00Z');
    assert.deepEqual([world.concluded, reasonsTold(world)], [['failed'], ['CsrMalformed']]);
    world.done();
  });

  test('fails where the CA returns a certificate of another key', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push({ ...issued, chainPem: issued.caPem ?? '' });
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Failed: ChainKeyMismatch: The CA's answer was refused/);
    assert.equal(world.object.status?.certificate, undefined);
    world.done();
  });
});

describe('a request that was denied', () => {
  test('is Denied with a time, never signed, and told once', async () => {
    const world = createRequestWorld();
    world.object = certificateRequest({ status: deniedStatus });
    world.watch();
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Denied: /);
    assert.equal(world.object.status?.failureTime, '2027-01-15T08:00:00Z');
    assert.deepEqual(
      [world.signer.calls, world.told.map(({ reason }) => reason), world.concluded],
      [[], ['Denied'], ['denied']],
    );
    world.done();
  });

  test('is Denied though its certificate waits to be written', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(issued);
    world.expectLostApply();
    await assert.rejects(world.reconcile());
    world.change({ status: deniedStatus });
    world.watch();
    world.expectApply();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^Denied: /);
    assert.equal(world.object.status?.certificate, undefined);
    world.done();
  });
});

describe('a replica that has lost its Lease', () => {
  test('asks no CA and writes nothing', async () => {
    const world = createRequestWorld();
    world.holdsLease = false;
    await assert.rejects(world.reconcile(), /the Lease is lost/);
    assert.deepEqual([world.signer.calls, world.applied, world.pool.loadOf('issuer-uid').inFlight], [[], [], 0]);
  });

  test('does not write what the CA answered meanwhile', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(() => {
      world.holdsLease = false;
      return issued;
    });
    await assert.rejects(world.reconcile(), /the Lease is lost/);
    assert.deepEqual([world.signer.calls, world.applied], [['sign uid-1'], []]);
  });
});
