import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { group } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import {
  applyCaSecret,
  applyIssuer,
  createNamespace,
  eventsAbout,
  issuerRefOf,
  issuerResourceOf,
  makeCa,
  type IssuerName,
} from './support/objects.ts';
import { openRequestLab, type RequestLab } from './support/request-lab.ts';
import { assertFailedSince, hasReason, judge, readyOf } from './support/requests.ts';
import { watchSuite, withoutAuditLog, withoutParts } from './support/suite.ts';

const namespace = 'requests';
const known: IssuerName = { namespace, name: 'known' };

describe('a CertificateRequest', () => {
  const suiteEnd = watchSuite();
  let lab: RequestLab;
  before(async () => {
    lab = await openRequestLab(namespace);
    await Promise.all([lab.issuers.ready(known), lab.issuers.ready({ name: 'known' })]);
  });
  after(async () => await lab.close(suiteEnd()));

  const kinds: readonly IssuerName[] = [known, { name: 'known' }];
  for (const issuer of kinds) {
    const { kind } = issuerRefOf(issuer);
    test(`for an ${kind} is approved by cert-manager, by the shipped right alone, and issued`, async () => {
      const name = `approved-for-${kind.toLowerCase()}`;
      await lab.ask(name, issuerRefOf(issuer));
      const { object } = await lab.until(name, 'Issued');
      const approved = object.status?.conditions?.find(({ type }) => type === 'Approved');
      assert.equal(approved?.reason, 'cert-manager.io');
      const { status, message } = readyOf(object) ?? {};
      assert.deepEqual([status, message], ['True', 'The certificate was signed and checked.']);
      assert.deepEqual(object.status?.conditions?.map(({ type }) => type).toSorted(), ['Approved', 'Ready']);
      assert.ok(object.status?.certificate && object.status.ca && object.status.failureTime === undefined);
    });
  }

  describe('with cert-manager out of the way', { concurrency: true, skip: withoutParts }, () => {
    before(async () => await lab.world.plane.stopCertManager());

    test('that is denied ends as Denied, at once and for good', async () => {
      const asked = Date.now();
      await lab.ask('denied', issuerRefOf(known));
      await judge(lab.admin, { namespace, name: 'denied' }, 'Denied');
      const { object } = await lab.until('denied', 'Denied');
      assert.equal(readyOf(object)?.status, 'False');
      assert.match(readyOf(object)?.message ?? '', /denied by an approver/);
      assertFailedSince(object, asked);
      await judge(lab.admin, { namespace, name: 'denied' }, 'Approved');
      await lab.seen.until({ namespace, name: 'denied' }, 'is approved too', ({ status }) => status?.conditions?.length === 3);
      await lab.assertUnchanged('denied', 2000);
    });

    test('that is approved too, before or at the same time, is Denied', async () => {
      await lab.ask('both', issuerRefOf(known));
      await judge(lab.admin, { namespace, name: 'both' }, 'Approved', 'Denied');
      await lab.until('both', 'Denied');
      assert.equal(lab.readyHistory('both').length, 2);
      await lab.askApproved('denied-later', issuerRefOf({ namespace, name: 'never' }));
      await lab.until('denied-later', 'Pending');
      await judge(lab.admin, { namespace, name: 'denied-later' }, 'Denied');
      await lab.until('denied-later', 'Denied');
    });

    test('that is denied after it was issued stays Issued', async () => {
      const key = { namespace, name: 'denied-too-late' };
      await lab.askApproved(key.name, issuerRefOf(known));
      await lab.until(key.name, 'Issued');
      await judge(lab.admin, key, 'Denied');
      await lab.seen.until(key, 'is denied', ({ status }) => status?.conditions?.length === 3);
      await lab.assertUnchanged(key.name, 1500);
      await lab.until(key.name, 'Issued');
    });

    test('of another group, or that cert-manager calls invalid, is not touched', async () => {
      await lab.askApproved('foreign', { group: 'other.example.com', kind: 'ExternalIssuer', name: 'known' });
      await lab.askApproved('no-group', { kind: 'ExternalIssuer', name: 'known' });
      await lab.ask('invalid', issuerRefOf(known));
      await judge(lab.admin, { namespace, name: 'invalid' }, 'InvalidRequest', 'Approved');
      await delay(2000);
      for (const name of ['foreign', 'no-group', 'invalid']) assert.deepEqual(lab.readyHistory(name), [undefined], name);
    });

    for (const issuer of kinds) {
      const { kind } = issuerRefOf(issuer);
      test(`for an ${kind} that nobody approves is told of once after 30 s, with the rule that may be missing`, async () => {
        const key = { namespace, name: `unapproved-${kind.toLowerCase()}` };
        await lab.ask(key.name, issuerRefOf(issuer));
        await delay(28_000);
        assert.deepEqual(await eventsAbout(lab.admin, key), []);
        await delay(5000);
        const [event, ...others] = await eventsAbout(lab.admin, key);
        assert.deepEqual(others, []);
        assert.deepEqual([event?.type, event?.reason], ['Warning', 'WaitingForApproval']);
        const rule = `"approve" on resource "signers" of group "cert-manager.io" with resourceName "${kind.toLowerCase()}s.${group}/*"`;
        assert.ok(event?.note.includes(rule), event?.note);
        assert.deepEqual(lab.readyHistory(key.name), [undefined]);
        await judge(lab.admin, key, 'Approved');
        await lab.until(key.name, 'Issued', undefined, 3000);
        const waiting = (await eventsAbout(lab.admin, key)).filter(({ reason }) => reason !== 'Issued');
        assert.deepEqual(waiting, [event]);
      });
    }

    test('of an unknown kind waits, and says which kinds there are', async () => {
      await lab.askApproved('unknown-kind', { group, kind: 'Vault', name: 'known' });
      const { object } = await lab.until(
        'unknown-kind',
        'Pending',
        /^IssuerNotFound: .*"Vault".*Use ExternalIssuer or ExternalClusterIssuer/,
      );
      assert.equal(object.status?.failureTime, undefined);
      await lab.assertUnchanged('unknown-kind', 1500);
    });

    test('without a kind is one for an ExternalIssuer', async () => {
      await Promise.all([
        lab.askApproved('no-kind', { group, name: 'known' }),
        lab.askApproved('empty-kind', { group, kind: '', name: 'known' }),
      ]);
      await Promise.all([lab.until('no-kind', 'Issued'), lab.until('empty-kind', 'Issued')]);
    });

    test('for an ExternalIssuer of another namespace waits', async () => {
      await createNamespace(lab.admin, 'requests-elsewhere');
      await lab.askApproved('elsewhere', issuerRefOf(known), { namespace: 'requests-elsewhere' });
      const isWaiting = hasReason(
        'Pending',
        /^IssuerNotFound: ExternalIssuer "known" in namespace "requests-elsewhere" does not exist/,
      );
      await lab.seen.until({ namespace: 'requests-elsewhere', name: 'elsewhere' }, 'waits', isWaiting);
    });

    for (const issuer of [{ namespace, name: 'late' }, { name: 'late' }] satisfies readonly IssuerName[]) {
      const { kind } = issuerRefOf(issuer);
      test(`waits for an ${kind} that is missing, and is issued as soon as it appears`, async (t) => {
        const name = `late-${kind.toLowerCase()}`;
        await lab.askApproved(name, issuerRefOf(issuer));
        await lab.until(
          name,
          'Pending',
          new RegExp(`^IssuerNotFound: ${kind} "late" (in namespace "requests" )?does not exist`),
        );
        await lab.assertUnchanged(name, 1500);
        const created = performance.now();
        await applyIssuer(lab.admin, issuer);
        const { at } = await lab.until(name, 'Issued');
        t.diagnostic(`issued ${Math.round(at - created)} ms after its issuer was created`);
        assert.ok(at - created < 2000);
        assert.deepEqual(
          lab.readyHistory(name).map((ready) => ready?.reason),
          [undefined, 'Pending', 'Issued'],
        );
      });
    }

    test('waits for an issuer that is not ready, says why, and is issued when the issuer can sign', async (t) => {
      const issuer = { namespace, name: 'not-ready' };
      await applyIssuer(lab.admin, issuer, { authSecretRef: { name: 'not-ready' } });
      await lab.askApproved('not-ready', issuerRefOf(issuer));
      await lab.until(
        'not-ready',
        'Pending',
        /^IssuerNotReady: ExternalIssuer "not-ready" in namespace "requests" is not ready: ReferenceNotFound: .*Secret "not-ready"/,
      );
      const created = performance.now();
      await applyCaSecret(lab.admin, issuer, makeCa('Late CA'));
      const { at } = await lab.until('not-ready', 'Issued');
      t.diagnostic(`issued ${Math.round(at - created)} ms after its issuer's Secret was created`);
      assert.ok(at - created < 2000);
    });

    test('says so when the issuer that it waits for is deleted', async () => {
      const issuer = { namespace, name: 'deleted' };
      await applyIssuer(lab.admin, issuer, { authSecretRef: { name: 'nowhere' } });
      await lab.askApproved('issuer-deleted', issuerRefOf(issuer));
      await lab.until('issuer-deleted', 'Pending', /^IssuerNotReady: /);
      await lab.admin.delete(issuerResourceOf(issuer), issuer);
      await lab.until('issuer-deleted', 'Pending', /^IssuerNotFound: /);
    });

    test('is issued or waits when its issuer is deleted amid the signing, and fails never', async () => {
      const issuer = { namespace, name: 'amid' };
      const names = Array.from({ length: 40 }, (_, at) => `amid-${at}`);
      await lab.issuers.ready(issuer);
      await Promise.all([
        ...names.map(async (name) => await lab.askApproved(name, issuerRefOf(issuer))),
        delay(100).then(async () => await lab.admin.delete(issuerResourceOf(issuer), issuer)),
      ]);
      const settled = await Promise.all(
        names.map(
          async (name) => await lab.seen.until({ namespace, name }, 'is settled', (request) => readyOf(request) !== undefined),
        ),
      );
      const reasons = new Set(settled.map(({ object }) => readyOf(object)?.reason));
      assert.ok(
        [...reasons].every((reason) => reason === 'Issued' || reason === 'Pending'),
        [...reasons].join(' '),
      );
      await applyIssuer(lab.admin, issuer);
      const done = await Promise.all(names.map(async (name) => await lab.until(name, 'Issued')));
      assert.ok(new Set(done.map(({ object }) => object.status?.ca)).size <= 2, 'of the CA before and the one after');
    });

    test('that is deleted and made again under its name is another request', async () => {
      const issuer = { namespace, name: 'again' };
      await lab.askApproved('again', issuerRefOf(issuer));
      const { object: first } = await lab.until('again', 'Pending');
      await lab.admin.delete(certificateRequests, { namespace, name: 'again' });
      await lab.ask('again', issuerRefOf(issuer));
      await applyIssuer(lab.admin, issuer);
      await delay(1000);
      await judge(lab.admin, { namespace, name: 'again' }, 'Approved');
      const { object: second } = await lab.until('again', 'Issued');
      assert.notEqual(second.metadata.uid, first.metadata.uid);
    });
  });

  const told = async (name: string): Promise<string> =>
    await mustKubectl(lab.world.plane.kubectl, ['events', `--namespace=${namespace}`, `--for=certificaterequest/${name}`]);

  test('shows in kubectl that it was issued', async () => {
    assert.match(await told('approved-for-externalissuer'), /Normal +Issued +CertificateRequest.* The certificate was signed/);
  });

  test('shows in kubectl what it waited for', { skip: withoutParts }, async () => {
    assert.match(await told('unknown-kind'), /Warning +IssuerNotFound .*"Vault"/);
    const waited = await told('not-ready');
    // In whatever order: events of one second have none.
    assert.match(waited, /Warning +IssuerNotReady /);
    assert.match(waited, /Warning +IssuedDiffers .* it lasts 30d(?:1m|\d+s), asked was 90d/);
  });

  test('needs no call that the API server forbids the controller', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});
