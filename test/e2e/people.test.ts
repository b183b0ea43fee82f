import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { externalClusterIssuers } from '../../src/api/resources.ts';
import { eventually } from './support/eventually.ts';
import { applyIssuer } from './support/objects.ts';
import { openPeopleLab, type PeopleLab, type Person } from './support/people-lab.ts';
import { stepsUnder } from './support/people-page.ts';
import { onGivenCluster, watchSuite } from './support/suite.ts';

const withoutClientCas = onGivenCluster('the client CAs of its API server are not ours to change');
const user = 'jane@example.com';

describe('docs/people.md', { skip: withoutClientCas }, () => {
  const suiteEnd = watchSuite();
  let lab: PeopleLab;
  let jane: Person;
  before(async () => {
    lab = await openPeopleLab();
    const stranger = await lab.newJane('stranger');
    await lab.follow(await stepsUnder('## Once for each cluster'), stranger);
    await applyIssuer(lab.world.admin, { name: 'mock' });
    await lab.world.startController();
  });
  after(async () => await lab.world.close(suiteEnd()));

  const certificateOf = ({ folder }: Person): X509Certificate => new X509Certificate(readFileSync(join(folder, 'jane.crt')));

  /** Who Jane is to the API server, what she may do in one namespace, and that she may not in another. */
  async function assertIsJane(person: Person, kubeconfig = person.kubeconfig): Promise<void> {
    const kubectl = `kubectl --kubeconfig=${kubeconfig}`;
    const whoami = await person.must(`${kubectl} auth whoami --output=json`);
    const { status } = JSON.parse(whoami) as { status: { userInfo: { username: string; groups: readonly string[] } } };
    assert.equal(status.userInfo.username, user);
    assert.deepEqual(status.userInfo.groups, ['developers', 'system:authenticated']);
    await person.must(`${kubectl} get pods --namespace team-a`);
    const refused = await person.sh(`${kubectl} get pods --namespace team-b`);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /Forbidden.*"jane@example\.com" cannot list resource "pods"/);
    for (const file of ['jane.key', kubeconfig]) {
      const path = file.startsWith('/') ? file : join(person.folder, file);
      assert.equal(statSync(path).mode & 0o777, 0o600, file);
    }
  }

  afterEach(async () => void (await lab.owner.must('kubectl delete csr --all')));

  /** Asks as the Jane who has a token, for something of its own. */
  const ask = async (person: Person, name: string, options: string): Promise<string> =>
    await person.must(`external-issuer csr create ${name} ${options}`);

  test('path 1: an issuer of ours, whose CA the API server is given, lets Jane in', async () => {
    jane = await lab.newJane('machine-1');
    await lab.follow(await stepsUnder('## Path 1: one of our issuers'), jane, async ({ commands }) => {
      if (!commands.includes('people-ca.crt')) return;
      await lab.world.plane.trustClientCa(readFileSync(join(lab.owner.folder, 'people-ca.crt'), 'utf8'));
    });
    await assertIsJane(jane);
    assert.match(certificateOf(jane).issuer, /CN=Example People CA/);
    const hours = (certificateOf(jane).validToDate.getTime() - Date.now()) / 3_600_000;
    assert.ok(hours > 23.5 && hours <= 24, `it lasts ${hours} h`);
  });

  test('path 2: the signer of Kubernetes lets Jane in', async () => {
    const other = await lab.newJane('machine-2');
    await lab.follow(await stepsUnder('## Path 2: the signer of Kubernetes'), other);
    await assertIsJane(other);
    assert.match(certificateOf(other).issuer, /CN=cluster signing CA/);
  });

  test('path 3: Jane gets in who could not even ask', async () => {
    const other = await lab.newJane('machine-3', 'none');
    const { folder: office } = lab.administrator;
    const send = (name: string, from: string, to: string): void => copyFileSync(join(from, name), join(to, name));
    await lab.follow(await stepsUnder('## Path 3: no access yet'), other, async ({ actor, commands }) => {
      if (commands.includes('--dry-run')) send('jane.yaml', other.folder, office);
      if (actor === 'administrator') for (const name of ['jane.crt', 'cluster-ca.crt']) send(name, office, other.folder);
      await Promise.resolve();
    });
    await assertIsJane(other, join(other.folder, 'jane.kubeconfig'));
  });

  test('renewal: does nothing while the certificate lasts, then swaps it, once', async () => {
    const first = certificateOf(jane);
    const key = (): string => readFileSync(join(jane.folder, 'jane.key'), 'utf8');
    const oldKey = key();
    const steps = await stepsUnder('## Renewal');
    await lab.follow(steps, jane);
    assert.equal(certificateOf(jane).serialNumber, first.serialNumber);
    assert.equal(await lab.owner.must('kubectl get csr --output=name'), '', 'nothing was asked');

    const renew = steps.find(({ actor }) => actor === 'Jane')?.commands ?? '';
    assert.ok(renew.includes('--within 8h'), renew);
    const late = await jane.sh(renew.replace('--within 8h', '--within 48h --timeout 1s'));
    assert.equal(late.code, 3, late.stderr);
    assert.equal(key(), oldKey, 'the old key stays until there is a certificate for the new one');
    await assertIsJane(jane);

    const pending = (await lab.owner.must('kubectl get csr --output=name')).trim().split('/')[1] ?? '';
    assert.match(pending, /^jane-/);
    await lab.administrator.must(`external-issuer csr approve ${pending}`);
    await jane.must(renew.replace('--within 8h', '--within 48h'));
    const renewed = certificateOf(jane);
    assert.notEqual(renewed.serialNumber, first.serialNumber);
    assert.notEqual(key(), oldKey);
    assert.equal(renewed.subject, first.subject);
    await assertIsJane(jane);
    const requests = await lab.owner.must('kubectl get csr --output=name');
    assert.equal(requests.trim().split('\n').length, 1, 'the second run took up the request of the first');
    await jane.must(renew);
    assert.equal(certificateOf(jane).serialNumber, renewed.serialNumber);
  });

  test('what is dangerous is refused, with why, and so is all that is named beside it', async () => {
    const person = await lab.newJane('machine-4');
    const signer = '--signer ExternalClusterIssuer/mock';
    await ask(person, 'masters', `${signer} --subject CN=${user},O=system:masters`);
    await ask(person, 'harmless', `${signer} --subject CN=${user},O=developers`);
    const refused = await lab.administrator.sh('external-issuer csr approve harmless masters');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /system:masters/);
    const conditions = await lab.owner.must("kubectl get csr --output=jsonpath='{.items[*].status.conditions}'");
    assert.equal(conditions, '', 'neither was approved');

    const forced = await lab.administrator.sh('external-issuer csr approve masters --force');
    assert.equal(forced.code, 0, forced.stderr);
    const failed = await person.sh('external-issuer csr wait masters --timeout 20s');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /system:masters/, 'the controller does not sign it, whoever approved');
  });

  test('the policy of the issuer holds against whoever approved', async () => {
    const person = await lab.newJane('machine-5');
    const allow = { subject: { commonName: [user], organization: ['developers'] } };
    await applyIssuer(lab.world.admin, { name: 'strict' }, { policy: { rules: [{ name: 'developers', allow }] } });
    await ask(person, 'climber', `--signer ExternalClusterIssuer/strict --subject CN=${user},O=owners`);
    await lab.administrator.must('external-issuer csr approve climber');
    const failed = await person.sh('external-issuer csr wait climber --timeout 20s');
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stderr, /owners/);
  });

  test('wait ends with code 3 while nobody decides, and with 1 and the message once it is denied', async () => {
    const person = await lab.newJane('machine-6');
    await ask(person, 'waiting', `--signer ExternalClusterIssuer/mock --subject CN=${user}`);
    const undecided = await person.sh('external-issuer csr wait waiting --timeout 1s');
    assert.equal(undecided.code, 3, undecided.stderr);
    const listed = await lab.administrator.must('external-issuer csr list --pending');
    assert.match(listed, /waiting/);
    const mine = await person.sh('external-issuer csr approve waiting');
    assert.equal(mine.code, 1, 'who asks may not approve');
    await lab.administrator.must('external-issuer csr deny waiting --message "not one of us"');
    const denied = await person.sh('external-issuer csr kubeconfig waiting --wait');
    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /not one of us/);
  });

  test('an issuer with the CA for tests signs too, and the commands are a plugin of kubectl', async () => {
    const { admin, plane } = lab.world;
    const ca = await eventually('the issuer shows its CA', async () => {
      const issuer = await admin.get(externalClusterIssuers, { name: 'mock' });
      return issuer.status?.caCertificate;
    });
    await plane.trustClientCa(ca);
    const person = await lab.newJane('machine-7');
    await ask(person, 'mocked', `--signer ExternalClusterIssuer/mock --subject CN=${user},O=developers --usage client-auth`);
    const [plugin] = await stepsUnder('## As a plugin of kubectl');
    assert.match(await lab.administrator.must(plugin?.commands ?? ''), /mocked.*externalclusterissuers\/mock /);
    await lab.administrator.must('kubectl external-issuer csr approve mocked');
    await person.must('kubectl external-issuer csr kubeconfig mocked --wait --use-context');
    assert.match(await person.must('kubectl auth whoami'), /jane@example\.com/);
  });
});
