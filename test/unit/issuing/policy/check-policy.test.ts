import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyProblem } from '../../../../src/issuing/policy/check-policy.ts';
import { checkRequest } from '../../../../src/issuing/check-request.ts';
import { opensslCsr } from '../../x509/tools.ts';
import { now, requestField, requestView } from '../support/views.ts';
import { rulesOf } from './support/subjects.ts';

function problemOf(subject: string, policy: Parameters<typeof policyProblem>[2]): string | undefined {
  const csr = opensslCsr({ subject });
  const request = requestView({ csr: requestField(csr) });
  const checked = checkRequest(request, now);
  return policyProblem(request, checked.ok ? checked.value : assert.fail(), policy)?.code;
}

describe('the policy of an issuer', () => {
  const closed = { allowSystemMasters: false };
  const masters = ['O = system:masters', '0.O = developers\n1.O = system:masters', 'CN = jane\n+O = system:masters'];
  for (const subject of masters) {
    test(`refuses ${JSON.stringify(subject)} unless the issuer allows it`, () => {
      assert.equal(problemOf(subject, closed), 'SystemMastersRefused');
      assert.equal(problemOf(subject, { allowSystemMasters: true }), undefined);
    });
  }

  test('refuses an organization that cannot be read: a CA that encodes it anew could make any of it', () => {
    const checked = checkRequest(requestView({ csr: requestField(opensslCsr({ subject: 'O = x' })) }), now);
    assert.ok(checked.ok);
    const { csr } = checked.value;
    const rdns = csr.subject.rdns.map((rdn) => rdn.map((attribute) => ({ ...attribute, value: '' })));
    const wanted = { ...checked.value, csr: { ...csr, subject: { ...csr.subject, rdns } } };
    assert.equal(policyProblem(requestView(), wanted, closed)?.code, 'SystemMastersRefused');
  });

  test('does not take another name for system:masters', () => {
    for (const organization of ['system:masters2', 'System:Masters', 'masters']) {
      assert.equal(problemOf(`O = ${organization}`, closed), undefined);
    }
  });

  test('refuses what no rule allows, and lets system:masters be allowed by its rules alone where it may be at all', () => {
    const rules = [...rulesOf({ allow: { subject: { organization: ['*'] } } })];
    assert.equal(problemOf('O = developers', { allowSystemMasters: false, rules }), undefined);
    assert.equal(problemOf('O = system:masters', { allowSystemMasters: false, rules }), 'SystemMastersRefused');
    assert.equal(problemOf('CN = jane', { allowSystemMasters: true, rules }), 'PolicyViolation');
  });
});
