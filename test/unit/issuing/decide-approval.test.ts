import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Issuer } from '../../../src/api/issuer.ts';
import { externalIssuerNames } from '../../../src/api/group.ts';
import { decideApproval, type Approval, type ApprovalDecision } from '../../../src/issuing/approval/decide-approval.ts';
import { viewIssuerRules, type IssuerRules } from '../../../src/issuing/approval/issuer-rules.ts';
import type { RequestView } from '../../../src/issuing/request-view.ts';
import { opensslCsr } from '../x509/tools.ts';
import { now, requestField, requestView } from './support/views.ts';

/** The approver's view of ExternalIssuer "ca" in team-a with that policy. */
function issuerWith(policy: unknown): IssuerRules {
  const spec = { signerType: 'fake', ...(policy === undefined ? {} : { policy }) };
  const object = { metadata: { name: 'ca', namespace: 'team-a', uid: 'issuer-uid' }, spec } as unknown as Issuer;
  return viewIssuerRules(externalIssuerNames, object);
}

const web = { name: 'web', match: { namespaces: ['team-a'] }, allow: { dnsNames: ['a.example'] } };

function undecided(overrides: Partial<RequestView> = {}): RequestView {
  return requestView({ approval: 'undecided', ...overrides });
}

function approvalOf(decision: ApprovalDecision): Approval {
  assert.equal(decision.act, 'write');
  return decision.approval;
}

describe('the decision of the approver', () => {
  test('approves what a rule allows, and names the rule and the issuer', () => {
    assert.deepEqual(approvalOf(decideApproval(undecided(), issuerWith({ rules: [web] }), now)), {
      type: 'Approved',
      reason: 'PolicyApproved',
      message: 'Allowed by rule "web" of ExternalIssuer "ca" in namespace "team-a".',
    });
  });

  test('denies what no rule allows, and names the issuer, the rule and what is in its way', () => {
    const rules = [{ ...web, allow: { dnsNames: ['b.example'] } }];
    const { type, reason, message } = approvalOf(decideApproval(undecided(), issuerWith({ rules }), now));
    assert.deepEqual([type, reason], ['Denied', 'PolicyViolation']);
    assert.match(message, /^ExternalIssuer "ca" in namespace "team-a": /);
    assert.match(message, /"web"/);
    assert.match(message, /a\.example/);
  });

  test('denies a CSR that cannot be read, with the reason', () => {
    const request = undecided({ csr: requestField('no CSR at all') });
    const { type, reason, message } = approvalOf(decideApproval(request, issuerWith({ rules: [web] }), now));
    assert.equal(type, 'Denied');
    assert.match(reason, /^[A-Z][A-Za-z]+$/);
    assert.notEqual(reason, 'PolicyViolation');
    assert.ok(message.length > 10);
  });

  test('denies system:masters, whatever the rules allow', () => {
    const csr = opensslCsr({ subject: 'O = system:masters' });
    const rules = [{ name: 'all', allow: { subject: { organization: ['*'] } } }];
    const request = undecided({ csr: requestField(csr) });
    assert.equal(approvalOf(decideApproval(request, issuerWith({ rules }), now)).reason, 'SystemMastersRefused');
    const allowed = decideApproval(request, issuerWith({ rules, allowSystemMasters: true }), now);
    assert.equal(approvalOf(allowed).type, 'Approved');
  });

  const left: readonly { readonly what: string; readonly issuer: IssuerRules | undefined; readonly why: RegExp }[] = [
    { what: 'whose issuer does not exist', issuer: undefined, why: /does not exist/ },
    { what: 'whose issuer has no policy', issuer: issuerWith(undefined), why: /no rules/ },
    { what: 'whose issuer has a policy without rules', issuer: issuerWith({ allowSystemMasters: false }), why: /no rules/ },
    {
      what: 'whose issuer has rules that cannot be read',
      issuer: issuerWith({ rules: [{ name: 'web', allow: { dnsNames: 'all' } }] }),
      why: /spec\.policy\.rules\[0\]\.allow\.dnsNames/,
    },
  ];
  for (const { what, issuer, why } of left) {
    test(`leaves a request alone ${what}, even one that cannot be read`, () => {
      for (const request of [undecided(), undecided({ csr: '' })]) {
        const decision = decideApproval(request, issuer, now);
        assert.ok(decision.act === 'leave');
        assert.match(decision.why, why);
      }
    });
  }

  test('leaves alone what is decided', () => {
    for (const approval of ['approved', 'denied'] as const) {
      assert.equal(decideApproval(requestView({ approval }), issuerWith({ rules: [web] }), now).act, 'leave');
    }
  });
});
