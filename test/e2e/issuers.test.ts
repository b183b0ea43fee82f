import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { configMaps, secrets } from '../../src/api/resources.ts';
import { controllerNamespace } from '../../src/api/group.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { issuerFaults } from './support/issuer-faults.ts';
import {
  allowReferences,
  applyCaSecret,
  applyIssuer,
  applySecret,
  createNamespace,
  eventsAbout,
  issuerRefOf,
  issuerResourceOf,
  makeCa,
  type IssuerName,
} from './support/objects.ts';
import { openRequestLab, type RequestLab } from './support/request-lab.ts';
import { readyOf } from './support/requests.ts';
import { watchSuite, withoutAuditLog } from './support/suite.ts';

const namespace = 'issuers';
const allowed = 'issuers-allowed';
const unbound = 'issuers-unbound';
const many = 'issuers-many';

describe('an issuer', () => {
  const suiteEnd = watchSuite();
  let lab: RequestLab;
  before(async () => {
    lab = await openRequestLab(namespace, `--allowed-reference-namespaces=${allowed}`);
  });
  after(async () => await lab.close(suiteEnd()));

  const kubectl = async (...args: string[]): Promise<string> => await mustKubectl(lab.world.plane.kubectl, args);

  let signed = 0;
  /** Has a certificate signed and gives the CA that signed it, PEM. */
  async function caOf(issuer: IssuerName): Promise<string> {
    const name = `signed-${(signed += 1)}`;
    await lab.ask(name, issuerRefOf(issuer));
    const { object } = await lab.until(name, 'Issued');
    return Buffer.from(object.status?.ca ?? '', 'base64').toString();
  }

  const everywhere: readonly IssuerName[] = [{ namespace, name: 'simple' }, { name: 'simple' }];
  const rotate = async (key: IssuerName, name: string): Promise<void> =>
    await applyCaSecret(lab.admin, { namespace, ...key }, makeCa(name));

  describe('of both kinds', { concurrency: true }, () => {
    for (const issuer of everywhere) {
      const { kind } = issuerRefOf(issuer);
      test(`${kind}: is first Initializing, then Checked, and shows it in kubectl get`, async () => {
        const { metadata } = await lab.issuers.ready(issuer);
        const conditions = lab.issuers.history(issuer).map(readyOf);
        assert.deepEqual(
          conditions.map((ready) => [ready?.status, ready?.reason, ready?.observedGeneration]),
          [
            [undefined, undefined, undefined],
            ['Unknown', 'Initializing', 1],
            ['True', 'Checked', 1],
          ],
        );
        assert.match(
          conditions.at(-1)?.message ?? '',
          /^Mock CA for tests, not for production: "CN=External Issuer Mock CA,O=external-issuer", in memory/,
        );
        const at = issuer.namespace === undefined ? [] : [`--namespace=${issuer.namespace}`];
        const [columns, line] = (await kubectl('get', kind, 'simple', '--output=wide', ...at)).split('\n');
        assert.match(columns ?? '', /^NAME +READY +REASON +MESSAGE +SIGNER +CA-ENDS +AGE$/);
        assert.match(line ?? '', /^simple +True +Checked +Mock CA for tests.* +mockca +\S+Z +\d+s$/);
        const events = (await eventsAbout(lab.admin, issuer)).filter(({ regarding }) => regarding.uid === metadata.uid);
        assert.deepEqual(events.map(({ type, reason }) => `${type} ${reason}`).toSorted(), [
          'Normal Checked',
          'Warning TestSigner',
        ]);
      });
    }

    for (const { name, place, fields } of [
      { name: { namespace, name: 'late' }, place: namespace, fields: { authSecretRef: { name: 'late', namespace } } },
      { name: { name: 'late' }, place: controllerNamespace, fields: { authSecretName: 'late' } },
      { name: { name: 'late-allowed' }, place: allowed, fields: { authSecretRef: { name: 'late', namespace: allowed } } },
    ] satisfies readonly { name: IssuerName; place: string; fields: object }[]) {
      test(`${issuerRefOf(name).kind}: waits for its Secret in ${place}, and follows it from then on`, async (t) => {
        if (place === allowed) {
          await createNamespace(lab.admin, allowed);
          await allowReferences(lab.admin, allowed);
        }
        const secret = { namespace: place, name: 'late' };
        await applyIssuer(lab.admin, name, fields);
        await lab.issuers.untilNotReady(
          name,
          new RegExp(`^ReferenceNotFound: .*Secret "late" in namespace "${place}", which does not exist`),
        );
        const steps: [string, () => Promise<unknown>, RegExp][] = [
          ['created', async () => await rotate(secret, 'First'), /"CN=First", from Secret "late"/],
          ['rotated', async () => await rotate(secret, 'Second'), /"CN=Second"/],
        ];
        const cas: string[] = [];
        for (const [what, change, words] of steps) {
          const changed = performance.now();
          await change();
          const at = await lab.issuers.untilChecked(name, words);
          t.diagnostic(`seen ${Math.round(at - changed)} ms after the Secret was ${what}`);
          assert.ok(at - changed < 2000);
          cas.push(await caOf(name));
        }
        assert.notEqual(cas[0], cas[1]);
        await lab.admin.delete(secrets, secret);
        await lab.issuers.untilNotReady(name, /^ReferenceNotFound: /);
      });
    }

    test('is left as it is when its Secret is written again with the same content', async () => {
      const issuer = { namespace, name: 'same' };
      const ca = makeCa('Same');
      await applyCaSecret(lab.admin, issuer, ca);
      await lab.issuers.ready(issuer, { authSecretName: 'same' });
      const versions = lab.issuers.history(issuer).length;
      await kubectl('annotate', 'secret', 'same', 'touched=yes', `--namespace=${namespace}`);
      await delay(1500);
      assert.equal(lab.issuers.history(issuer).length, versions);
      assert.equal(await caOf(issuer), ca.certificate);
    });

    test('takes its configuration from a ConfigMap, and says what is wrong in it', async () => {
      const issuer = { namespace, name: 'mapped' };
      const write = async (data: Readonly<Record<string, string>>): Promise<unknown> =>
        await lab.admin.apply(configMaps, { metadata: { namespace, name: 'config' }, data }, { fieldManager: 'test' });
      await applyIssuer(lab.admin, issuer, { configRef: { name: 'config', key: 'ca.yaml' } });
      await lab.issuers.untilNotReady(
        issuer,
        /^ReferenceNotFound: spec\.configRef names ConfigMap "config" in namespace "issuers"/,
      );
      await write({ 'ca.yml': 'commonName: Mapped' });
      await lab.issuers.untilNotReady(
        issuer,
        /^ConfigError: spec\.configRef\.key: ConfigMap "config" in namespace "issuers" has no key "ca.yaml"; it has ca.yml/,
      );
      await write({ 'ca.yaml': 'commonName: Mapped\nkeysize: 384' });
      await lab.issuers.untilNotReady(
        issuer,
        /^ConfigError: ConfigMap "config" in namespace "issuers", key "ca.yaml": mockCa: unknown key "keysize"; did you mean "keySize"\?/,
      );
      await write({ 'ca.yaml': 'commonName: Mapped\nkeySize: 384' });
      await lab.issuers.untilChecked(issuer, /"CN=Mapped,O=external-issuer"/);
    });

    for (const { what, name, fields, words, secret } of issuerFaults(namespace)) {
      test(`is not ready when it ${what}`, async () => {
        if (secret !== undefined) await applySecret(lab.admin, secret.key, secret.data, secret.type, secret.annotations);
        await applyIssuer(lab.admin, name, fields);
        await lab.issuers.untilNotReady(name, words);
      });
    }

    test('is not ready where the controller has no Role, names what to bind, and is ready soon after that is bound', async (t) => {
      const issuer = { namespace: unbound, name: 'unbound' };
      await createNamespace(lab.admin, unbound);
      await rotate(issuer, 'Unbound');
      await applyIssuer(lab.admin, issuer, { authSecretRef: { name: 'unbound' } });
      await lab.issuers.untilNotReady(
        issuer,
        /^ReferenceForbidden: .*Secret "unbound" in namespace "issuers-unbound".*ClusterRole external-issuer-refs-reader by a RoleBinding/,
      );
      await allowReferences(lab.admin, unbound);
      const bound = performance.now();
      t.diagnostic(`ready ${Math.round((await lab.issuers.untilChecked(issuer)) - bound)} ms after the RoleBinding`);
      await rotate(issuer, 'Rotated');
      await lab.issuers.untilChecked(issuer, /"CN=Rotated"/);
    });

    test('keeps its CA in memory when something else in it changes, and has one of its own', async () => {
      const [one, two]: readonly IssuerName[] = [
        { namespace, name: 'one' },
        { namespace, name: 'two' },
      ];
      assert.ok(one && two);
      await Promise.all([lab.issuers.ready(one), lab.issuers.ready(two)]);
      const ca = await caOf(one);
      assert.notEqual(await caOf(two), ca);
      await lab.issuers.ready(one, { healthCheck: { interval: '5m' }, rateLimit: { maxInFlight: 3 } });
      assert.equal(await caOf(one), ca);
      await lab.issuers.ready(one, { mockCa: { commonName: 'Another' } });
      assert.notEqual(await caOf(one), ca);
      await lab.admin.delete(issuerResourceOf(two), two);
      const { metadata } = await lab.issuers.ready(two);
      assert.equal(metadata.generation, 1);
      assert.notEqual(await caOf(two), ca);
    });

    test('follows its Secret among more than the eight that are watched one by one, and when they become fewer again', async () => {
      await createNamespace(lab.admin, many);
      await allowReferences(lab.admin, many);
      const names = Array.from({ length: 10 }, (_, at): IssuerName => ({ namespace: many, name: `many-${at}` }));
      const [first, last] = [names[0], names[9]];
      assert.ok(first && last);
      await Promise.all(names.map(async (issuer) => await rotate(issuer, issuer.name)));
      await Promise.all(names.map(async (issuer) => await lab.issuers.ready(issuer, { authSecretName: issuer.name })));
      await Promise.all([first, last].map(async (issuer) => await rotate(issuer, 'Rotated')));
      await Promise.all([first, last].map(async (issuer) => await lab.issuers.untilChecked(issuer, /"CN=Rotated"/)));
      for (const issuer of names.slice(1, 9)) assert.equal(lab.issuers.history(issuer).length, 3, issuer.name);
      for (const issuer of names.slice(1, 5)) await lab.admin.delete(issuerResourceOf(issuer), issuer);
      await delay(500);
      await Promise.all([first, last].map(async (issuer) => await rotate(issuer, 'Again')));
      await Promise.all([first, last].map(async (issuer) => await lab.issuers.untilChecked(issuer, /"CN=Again"/)));
    });
  });

  test('among many has its namespace watched as a whole', { skip: withoutAuditLog }, async () => {
    const watches = (await lab.world.audit()).filter(({ verb }) => verb === 'watch').map(({ requestURI }) => requestURI);
    const ofMany = watches.filter((uri) => uri.includes(`/namespaces/${many}/secrets`));
    assert.ok(ofMany.some((uri) => !uri.includes('fieldSelector')));
  });

  test('is not ready while its signer is switched off, and requests wait until it is on again', async () => {
    assert.equal(await lab.controller.end(), 0);
    const same = await eventsAbout(lab.admin, { namespace, name: 'same' });
    const openings = same.filter(({ reason }) => reason === 'TestSigner').map(({ series }) => series?.count ?? 1);
    assert.deepEqual(openings, [1], 'what was written again with the same content was not opened again');
    await assert.rejects(lab.world.startController({ args: ['--signers='] }), /names no signer/);
    const without = await lab.world.startController({ args: ['--signers=pki'] });
    const issuer = { namespace, name: 'simple' };
    await lab.issuers.untilNotReady(
      issuer,
      /^ConfigError: spec\.signerType: mockca is switched off here; --signers of the controller allows pki$/,
    );
    await lab.ask('switched-off', issuerRefOf(issuer));
    await lab.until('switched-off', 'Pending', /^IssuerNotReady: .*mockca is switched off/);
    await without.end();
    await lab.world.startController();
    await lab.until('switched-off', 'Issued');
  });

  test('needs no call that is forbidden, but where nobody has bound the Role', { skip: withoutAuditLog }, async () => {
    const calls = await lab.world.forbidden();
    const ofUnbound = calls.filter((call) => call.includes(`/namespaces/${unbound}/secrets`));
    assert.ok(ofUnbound.length > 0);
    assert.deepEqual(calls, ofUnbound);
  });
});
