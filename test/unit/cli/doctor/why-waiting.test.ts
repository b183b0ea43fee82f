import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequest, IssuerRef } from '../../../../src/api/certificate-request.ts';
import { whyWaiting, type WaitingContext, type WhyWaiting } from '../../../../src/cli/doctor/why-waiting.ts';
import { clusterIssuer, issuerView, newIssuerView, now, readyCondition, teamIssuer } from '../../issuing/support/views.ts';

const minute = 60_000;
const ours = { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'ca' };

/** An approved request of ten minutes ago. */
function request(
  issuerRef: IssuerRef = ours,
  status: NonNullable<CertificateRequest['status']> = {},
  approval: string | undefined = 'Approved',
  ageMs = 10 * minute,
): CertificateRequest {
  const judged = approval === undefined ? [] : [{ type: approval, status: 'True' as const }];
  return {
    metadata: { name: 'web-1', namespace: 'team-a', creationTimestamp: new Date(now - ageMs).toISOString() },
    spec: { request: 'x', issuerRef },
    status: { ...status, conditions: [...judged, ...(status.conditions ?? [])] },
  };
}

const ready = (status: 'True' | 'False', reason: string, message: string) =>
  ({ type: 'Ready', status, reason, message }) as const;

function why(of: CertificateRequest, more: Partial<WaitingContext> = {}): WhyWaiting | undefined {
  return whyWaiting(of, {
    now,
    patienceMs: 5 * minute,
    issuers: [issuerView({ key: teamIssuer }), issuerView({ key: clusterIssuer })],
    unseenKinds: [],
    noController: false,
    setIssuerRef: (_request, ref) => `set ${JSON.stringify(ref)}`,
    askAgain: () => 'ask again',
    approve: () => 'approve',
    ...more,
  });
}

describe('why a request has no certificate', () => {
  const elsewhere = issuerView({ key: { kind: 'ExternalIssuer', namespace: 'team-b', name: 'other' } });
  const waiting: readonly [string, CertificateRequest, string, RegExp, RegExp, Partial<WaitingContext>?][] = [
    [
      'its group is not ours',
      request({ kind: 'ExternalIssuer', name: 'ca', group: 'cert-manager.io' }),
      'error WrongGroup',
      /issuerRef\.group is "cert-manager\.io"/,
      /^set \{"group":"external-issuer\.io"\}$/,
    ],
    ['nobody approves it', request(ours, {}, 'None'), 'error NotApproved', /^waits for 10m for an approver/, /^approve$/],
    [
      'it is denied, and no controller says so',
      request(ours, {}, 'Denied'),
      'error ControllerSilent',
      /was denied, and no controller/,
      /controller above/,
    ],
    [
      'it was denied',
      request(ours, { conditions: [ready('False', 'Denied', 'No.')] }, 'Denied'),
      'warning Denied',
      /denied by an approver: No\./,
      /^ask again$/,
    ],
    [
      'it failed',
      request(ours, { failureTime: '2027-01-15T07:00:00Z', conditions: [ready('False', 'Failed', 'CARefused: no')] }),
      'warning Failed',
      /^failed at 2027-01-15T07:00:00Z: CARefused: no$/,
      /^ask again$/,
    ],
    [
      'its kind is none of ours',
      request({ ...ours, kind: 'ExternalClusterIsuer' }),
      'error IssuerNotFound',
      /"ExternalClusterIsuer" is not a kind of group/,
      /^set \{"kind":"ExternalClusterIssuer"\}$/,
    ],
    [
      'the issuer of the other kind is meant',
      request({ ...ours, kind: 'ExternalClusterIssuer' }),
      'error IssuerNotFound',
      /ExternalClusterIssuer "ca" does not exist; there is an ExternalIssuer of that name$/,
      /^set \{"kind":"ExternalIssuer"\}$/,
      { issuers: [issuerView()] },
    ],
    [
      'a name is misspelt',
      request({ ...ours, name: 'pki-prd' }),
      'error IssuerNotFound',
      /did it mean "pki-prod"\?$/,
      /^set \{"name":"pki-prod"\}$/,
      { issuers: [issuerView({ key: { ...teamIssuer, name: 'pki-prod' } })] },
    ],
    [
      'the issuer is in another namespace',
      request({ ...ours, name: 'other' }),
      'error IssuerNotFound',
      /there is one in namespace "team-b", which signs only there$/,
      /^create the issuer/,
      { issuers: [elsewhere] },
    ],
    [
      'there is nothing like it',
      request({ ...ours, name: 'none-of-these' }),
      'error IssuerNotFound',
      /ExternalIssuer "none-of-these" in namespace "team-a" does not exist$/,
      /^create the issuer/,
    ],
    [
      'its issuer is not ready',
      request(),
      'warning IssuerNotReady',
      /waits for 10m for ExternalIssuer "ca" in namespace "team-a", which is not ready/,
      /that issuer above/,
      { issuers: [issuerView({ ready: readyCondition({ status: 'False' }) })] },
    ],
    [
      'its issuer was changed and not looked at',
      request(),
      'warning IssuerNotReady',
      /not ready/,
      /that issuer above/,
      { issuers: [issuerView({ generation: 4 })] },
    ],
    [
      'its issuer was never looked at',
      request(),
      'warning IssuerNotReady',
      /not ready/,
      /that issuer above/,
      { issuers: [newIssuerView()] },
    ],
    [
      'it is tried again',
      request(ours, { conditions: [ready('False', 'Pending', 'CAUnavailable: down. Next try at 9:00.')] }),
      'error Pending',
      /^waits for 10m: CAUnavailable: down\. Next try at 9:00\.$/,
      /mend what the message says; .*spec\.retry\.budget/,
    ],
    [
      'its CA takes its time',
      request(ours, { conditions: [ready('False', 'Pending', 'PendingAtCA: taken.')] }),
      'warning Pending',
      /^waits for 10m: PendingAtCA: taken\.$/,
      /look for the request at the CA/,
    ],
    [
      'no controller says anything',
      request(),
      'error ControllerSilent',
      /is approved for 10m, and no controller has looked at it/,
      /controller above/,
    ],
  ];
  for (const [what, object, verdict, words, fix, more] of waiting) {
    test(`is told where ${what}`, () => {
      const found = why(object, more);
      assert.equal(`${found?.severity} ${found?.code}`, verdict);
      assert.match(found?.what ?? '', words);
      assert.match(found?.fix ?? '', fix);
    });
  }

  test('is not asked of one that is only a moment old', () => {
    assert.equal(why(request(ours, {}, 'None', 20_000)), undefined);
    assert.equal(why(request(ours, {}, 'Approved', 9000)), undefined);
    assert.equal(why(request(ours, {}, 'Denied', minute)), undefined);
  });

  const codes = ['CAUnreachable', 'CATimeout', 'CAThrottled', 'TLSFailed', 'CAAuthRefused', 'IssuerNotReady', 'OfTomorrow'];
  for (const code of codes) {
    test(`is a warning after some seconds where it is ${code}, and an error when the patience is over`, () => {
      const severityAt = (ageMs: number): string | undefined =>
        why(request(ours, { conditions: [ready('False', 'Pending', `${code}: down.`)] }, 'Approved', ageMs))?.severity;
      assert.deepEqual([9000, 11_000, 73_000, 5 * minute].map(severityAt), ['ok', 'warning', 'warning', 'error']);
    });
  }

  test('is fine where the CA decides later, until the patience is over', () => {
    const severityAt = (ageMs: number): string | undefined =>
      why(request(ours, { conditions: [ready('False', 'Pending', 'PendingAtCA: x')] }, 'Approved', ageMs))?.severity;
    assert.deepEqual([73_000, 5 * minute].map(severityAt), ['ok', 'warning']);
  });

  test('counts from the approval where nobody has looked at it, and is an error at once where no controller works', () => {
    const approvedFor = (ms: number): CertificateRequest => {
      const approval = { type: 'Approved', status: 'True', lastTransitionTime: new Date(now - ms).toISOString() } as const;
      return request(ours, { conditions: [approval] }, 'None', 2 * minute);
    };
    assert.equal(why(approvedFor(9000)), undefined);
    const silent = why(approvedFor(11_000));
    assert.equal(`${silent?.severity} ${silent?.code}`, 'warning ControllerSilent');
    assert.match(silent?.what ?? '', /^is approved for 11s, and no controller has looked at it$/);
    assert.equal(why(approvedFor(11_000), { noController: true })?.severity, 'error');
    assert.equal(why(approvedFor(9000), { noController: true }), undefined);
  });

  test('is not guessed where issuers of the kind may not be seen', () => {
    assert.equal(
      why(request({ ...ours, name: 'none-of-these' }), { unseenKinds: ['ExternalIssuer'] })?.code,
      'ControllerSilent',
    );
  });

  test('quotes nothing that would move the cursor of a terminal', () => {
    const found = why(request(ours, { conditions: [ready('False', 'Pending', 'X: \u001b[2J')] }));
    assert.ok(!found?.what.includes('\u001b'));
  });
});
