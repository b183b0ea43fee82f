import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findCondition, isTrue, type Condition } from '../../src/api/conditions.ts';
import { approverLeaseName, controllerNamespace } from '../../src/api/group.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import { events } from '../../src/kube/event.ts';
import { leases } from '../../src/kube/lease.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { opensslCsr } from '../unit/x509/tools.ts';
import { openApproverLab, type ApproverLab } from './support/approver-lab.ts';
import type { ControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { certificates, issuerRefOf, type IssuerName } from './support/objects.ts';
import { scrape } from './support/metrics.ts';
import { hasReason, judge, requestObject } from './support/requests.ts';
import { onGivenCluster, watchSuite } from './support/suite.ts';

const namespace = 'approvals';
const requester = 'jane@example.com';
const issuer: IssuerName = { name: 'guarded' };
const namespacedIssuer: IssuerName = { namespace, name: 'guarded' };
const signerName = 'externalclusterissuers.external-issuer.io/guarded';
const namespacedSigner = `externalissuers.external-issuer.io/${namespace}.guarded`;

/** Rules that allow the names below a domain: to Certificates of the namespace, and to CertificateSigningRequests. */
function withRules(domain: string): Readonly<Record<string, unknown>> {
  const dnsNames = [`*.${domain}`];
  const rules = [
    { name: 'team', match: { namespaces: [namespace] }, allow: { dnsNames } },
    { name: 'people', match: { users: ['*'] }, allow: { dnsNames } },
  ];
  return { mockCa: { commonName: 'Guarded root' }, policy: { rules } };
}

type WithConditions = { readonly status?: { readonly conditions?: readonly Condition[] } };

function conditionOf({ status }: WithConditions, type: string): Condition | undefined {
  return findCondition(status?.conditions, type);
}

const skip = onGivenCluster('who approves there is not to be changed');

describe('the built-in approver', { skip }, () => {
  const suiteEnd = watchSuite();
  let lab: ApproverLab;
  let approver: ControllerProcess;
  before(async () => {
    lab = await openApproverLab(namespace);
    for (const each of [issuer, namespacedIssuer]) await lab.issuers.ready(each, withRules('good.example.com'));
    await lab.issuers.ready({ name: 'open' }, { mockCa: { commonName: 'Open root' } });
    await ask('by-a-person', 'web.evil.example.com');
    await judge(lab.world.admin, { namespace, name: 'by-a-person' }, 'Approved');
    approver = await lab.startApprover('--leader-elect', '--log-level=debug');
    await mustKubectl(lab.world.plane.kubectl, [
      'create',
      'clusterrolebinding',
      'requesters',
      '--clusterrole=external-issuer-csr-requester',
      `--user=${requester}`,
    ]);
  });
  after(async () => await lab.world.close(suiteEnd()));

  async function certify(name: string, dnsName: string): Promise<void> {
    const spec = { secretName: name, issuerRef: issuerRefOf(issuer), dnsNames: [dnsName], usages: ['server auth'] };
    await lab.world.admin.create(certificates, { metadata: { namespace, name }, spec });
  }

  async function ask(name: string, dnsName: string, by: IssuerName = issuer): Promise<void> {
    const csr = opensslCsr({ subject: `CN = ${dnsName}`, extensions: `subjectAltName = DNS:${dnsName}` });
    await lab.world.admin.create(certificateRequests, requestObject({ namespace, name, csr, issuerRef: issuerRefOf(by) }));
  }

  test('has a Certificate that a rule allows issued, without a right of cert-manager to approve', async () => {
    await certify('allowed', 'web.good.example.com');
    await lab.certificates.until({ namespace, name: 'allowed' }, 'is ready', (seen) =>
      isTrue(seen.status?.conditions, 'Ready'),
    );
    const request = lab.requests.all().find(({ metadata }) => metadata.name.startsWith('allowed-'));
    assert.ok(request);
    const approved = conditionOf(request, 'Approved');
    assert.equal(approved?.reason, 'PolicyApproved');
    assert.equal(approved.message, 'Allowed by rule "team" of ExternalClusterIssuer "guarded".');
  });

  test('denies a Certificate outside of the rules, and both objects tell its owner which rule is in the way', async () => {
    await certify('outside', 'web.evil.example.com');
    const { object } = await lab.certificates.until({ namespace, name: 'outside' }, 'names the rule', (seen) =>
      /web\.evil\.example\.com/.test(conditionOf(seen, 'Issuing')?.message ?? ''),
    );
    assert.match(conditionOf(object, 'Issuing')?.message ?? '', /rule "team"/);
    const request = lab.requests.all().find(({ metadata }) => metadata.name.startsWith('outside-'));
    assert.ok(request);
    assert.equal(conditionOf(request, 'Denied')?.reason, 'PolicyViolation');
    assert.match(conditionOf(request, 'Denied')?.message ?? '', /ExternalClusterIssuer "guarded".*rule "team".*evil/);
    await eventually('the event', async () => {
      const { items } = await lab.world.admin.list(events, { namespace });
      return items.some(({ reason, regarding }) => reason === 'PolicyViolation' && regarding?.name === request.metadata.name);
    });
  });

  test('approves a CertificateSigningRequest that a rule allows, and denies another', async () => {
    await lab.askForCsr('csr-allowed', signerName, 'jane.good.example.com', requester);
    await lab.askForCsr('csr-outside', signerName, 'jane.evil.example.com', requester);
    const allowed = await lab.signingRequests.until(
      { name: 'csr-allowed' },
      'is issued',
      ({ status }) => (status?.certificate ?? '') !== '',
    );
    assert.equal(conditionOf(allowed.object, 'Approved')?.reason, 'PolicyApproved');
    const outside = await lab.signingRequests.until({ name: 'csr-outside' }, 'is denied', ({ status }) =>
      isTrue(status?.conditions, 'Denied'),
    );
    assert.equal(conditionOf(outside.object, 'Denied')?.reason, 'PolicyViolation');
    assert.match(conditionOf(outside.object, 'Denied')?.message ?? '', /rule "people".*jane\.evil\.example\.com/);
  });

  test('lets only who may reference the issuer of a namespace have it', async () => {
    await lab.askForCsr('csr-foreign', namespacedSigner, 'jane.good.example.com', requester);
    const foreign = await lab.signingRequests.until({ name: 'csr-foreign' }, 'is denied', ({ status }) =>
      isTrue(status?.conditions, 'Denied'),
    );
    assert.equal(conditionOf(foreign.object, 'Denied')?.reason, 'DeniedReference');
    const binding = ['rolebinding', 'reference', `--namespace=${namespace}`, '--clusterrole=external-issuer-reference'];
    await mustKubectl(lab.world.plane.kubectl, ['create', ...binding, `--user=${requester}`]);
    await lab.askForCsr('csr-own', namespacedSigner, 'jane.good.example.com', requester);
    await lab.signingRequests.until({ name: 'csr-own' }, 'is issued', ({ status }) => (status?.certificate ?? '') !== '');
  });

  test('leaves requests alone whose issuer has no rules or does not exist', async () => {
    await ask('open', 'web.good.example.com', { name: 'open' });
    await ask('unknown', 'web.good.example.com', { name: 'nowhere' });
    for (const name of ['open', 'unknown']) {
      await approver.waitForLog((line) => line.msg === 'request left undecided' && line['name'] === name);
      for (const seen of lab.requests.history({ namespace, name })) {
        for (const type of ['Approved', 'Denied']) assert.equal(conditionOf(seen, type), undefined, name);
      }
    }
  });

  test('is not needed for the rules to hold: what a person approves against them is not signed', async () => {
    const { object } = await lab.requests.until({ namespace, name: 'by-a-person' }, 'is refused', hasReason('Failed'));
    assert.match(conditionOf(object, 'Ready')?.message ?? '', /^PolicyViolation: .*web\.evil\.example\.com/);
    assert.equal(conditionOf(object, 'Denied'), undefined);
  });

  test('decides about requests that wait when the rules are changed', async () => {
    const late: IssuerName = { name: 'late' };
    await lab.issuers.ready(late, { mockCa: { commonName: 'Late root' } });
    await ask('waiting', 'web.late.example.com', late);
    await ask('waiting-outside', 'web.evil.example.com', late);
    await lab.issuers.ready(late, withRules('late.example.com'));
    await lab.requests.until({ namespace, name: 'waiting' }, 'is issued', hasReason('Issued'));
    await lab.requests.until({ namespace, name: 'waiting-outside' }, 'is denied', hasReason('Denied'));
  });

  test('elects one of two replicas, and the other stands by', async () => {
    const second = await lab.startApprover('--leader-elect');
    await second.waitForLog((line) => line.msg === 'another replica leads');
    assert.equal((await scrape(second.metricsUrl)).sum('external_issuer_leader'), 0);
    const { sum } = await scrape(approver.metricsUrl);
    assert.equal(sum('external_issuer_leader'), 1);
    for (const outcome of ['approved', 'denied']) assert.ok((sum('external_issuer_approvals_total', { outcome }) ?? 0) >= 3);
    const lease = await lab.world.admin.get(leases, { namespace: controllerNamespace, name: approverLeaseName });
    assert.ok((lease.spec?.holderIdentity ?? '') !== '');
  });

  test('is refused nothing by the API server', async () => {
    assert.deepEqual(await lab.forbidden(), []);
  });
});
