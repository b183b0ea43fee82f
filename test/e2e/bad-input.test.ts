import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { group } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { badRequests, oddRequests } from './support/bad-requests.ts';
import { eventsAbout, issuerRefOf, type IssuerName } from './support/objects.ts';
import { openRequestLab, type RequestLab } from './support/request-lab.ts';
import { assertFailedSince, readyOf, requestObject } from './support/requests.ts';
import { onGivenCluster, watchSuite } from './support/suite.ts';

const namespace = 'bad-input';
const issuer: IssuerName = { namespace, name: 'ca' };
const printableLine = /^[^\p{Cc}\p{Cf}]+$/u;

/** Requests that the API server itself refuses, as kubectl would make them. */
const refusals: readonly (readonly [what: string, spec: unknown, words: RegExp])[] = [
  [
    'an unknown usage',
    { request: 'AAAA', usages: ['world domination'] },
    /spec\.usages\[0\]: Unsupported value: "world domination"/,
  ],
  ['a CSR that is not base64', { request: '%%%' }, /spec\.request in body must be of type byte/],
  ['an empty CSR', { request: '' }, /spec\.request in body must be of type byte/],
  ['no CSR', {}, /spec\.request: Required value/],
];

// cert-manager is stopped meanwhile: its own clients cannot read every duration that its CRD lets pass.
const skip = onGivenCluster('its cert-manager is not to be stopped, nor to be given what it cannot read');

describe('a CertificateRequest that is bad', { skip }, () => {
  const suiteEnd = watchSuite();
  let lab: RequestLab;
  const failed: string[] = [];
  before(async () => {
    lab = await openRequestLab(namespace);
    await lab.issuers.ready(issuer);
    await lab.world.plane.stopCertManager();
  });
  after(async () => await lab.close(suiteEnd()));

  describe('is Failed for good, with the reason in words,', { concurrency: true }, () => {
    for (const [at, { what, csr, more, code, words }] of badRequests.entries()) {
      test(`where the CSR ${what}`, async () => {
        const name = `bad-${at}`;
        const asked = Date.now();
        await lab.askApproved(name, issuerRefOf(issuer), { csr, ...more });
        const { object } = await lab.until(name, 'Failed');
        const { status, message = '' } = readyOf(object) ?? {};
        assert.equal(status, 'False');
        assert.match(message, words);
        assert.ok(message.startsWith(`${code}: `) && message.endsWith('.') && message.length < 500, message);
        assert.match(message, printableLine);
        assertFailedSince(object, asked);
        failed.push(name);
      });
    }
  });

  describe('only at first sight is issued', { concurrency: true }, () => {
    for (const [at, { what, csr, more }] of oddRequests.entries()) {
      test(`where the CSR ${what}`, async () => {
        await lab.askApproved(`odd-${at}`, issuerRefOf(issuer), { csr, ...more });
        await lab.until(`odd-${at}`, 'Issued');
      });
    }
  });

  test('in the names it refers to waits, in one line that can be read', async () => {
    const hostile = 'ca\n\u001b[31mIssued\u202e"; drop';
    await lab.askApproved('hostile-name', { ...issuerRefOf(issuer), name: hostile });
    await lab.askApproved('long-name', { ...issuerRefOf(issuer), name: 'a'.repeat(50_000) });
    await lab.askApproved('hostile-kind', { group, kind: hostile, name: 'ca' });
    for (const name of ['hostile-name', 'long-name', 'hostile-kind']) {
      const { object } = await lab.until(name, 'Pending', /^IssuerNotFound: /);
      assert.match(readyOf(object)?.message ?? '', printableLine);
      assert.match(readyOf(object)?.message ?? '', /(correct issuerRef|ExternalClusterIssuer)\.$/);
    }
  });

  for (const [what, spec, words] of refusals) {
    test(`with ${what} is refused by the API server`, async () => {
      const object = { ...requestObject({ namespace, name: 'refused', csr: '', issuerRef: issuerRefOf(issuer) }) };
      const created = lab.admin.create(certificateRequests, {
        ...object,
        spec: { issuerRef: issuerRefOf(issuer), ...(spec as object) } as never,
      });
      await assert.rejects(created, words);
    });
  }

  test('causes no storm: 3 s later nothing is written again, and each is told of once', async () => {
    assert.equal(failed.length, badRequests.length);
    const versions = (): readonly number[] => failed.map((name) => lab.seen.history({ namespace, name }).length);
    const now = versions();
    await delay(3000);
    assert.deepEqual(versions(), now);
    assert.ok(
      now.every((count) => count <= 3),
      'made, approved, failed',
    );
    for (const [at, { code }] of badRequests.entries()) {
      const events = await eventsAbout(lab.admin, { namespace, name: `bad-${at}` });
      assert.deepEqual(
        events.map(({ type, reason, series }) => [type, reason, series]),
        [['Warning', code, undefined]],
      );
    }
  });

  test('does not harm the controller', async () => {
    assert.equal((await fetch(`${lab.controller.healthUrl}/readyz`)).status, 200);
    const ends = 'request concluded';
    const problems = lab.controller.logs.filter(({ level, msg }) => level !== 'info' && msg !== ends);
    assert.deepEqual(problems, []);
    assert.equal(await lab.controller.end(), 0);
  });

  test('needs no call that the API server forbids the controller', async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});
