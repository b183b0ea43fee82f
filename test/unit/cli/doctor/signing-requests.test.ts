import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Condition } from '../../../../src/api/conditions.ts';
import type { CertificateSigningRequest } from '../../../../src/api/signing-request.ts';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import { policyField } from '../../../../src/api/policy-fields.ts';
import { ok } from '../../../../src/lib/result.ts';
import { clusterIssuer, issuerView, now, readyCondition } from '../../issuing/support/views.ts';
import { findings, forbidden, healthyFacts, issuerFacts, notFound, verdicts } from './support.ts';

const minute = 60_000;
const at = (ms: number): string => new Date(ms).toISOString();
const clusterSigner = 'externalclusterissuers.external-issuer.io/ca';
const events = /kubectl events --namespace default --for certificatesigningrequest\/jane/;

interface Given {
  readonly signerName?: string;
  readonly conditions?: readonly Condition[];
  readonly ageMs?: number;
}

function csr({ signerName = clusterSigner, conditions = [], ageMs = 10 * minute }: Given = {}): CertificateSigningRequest {
  return {
    metadata: { name: 'jane', creationTimestamp: at(now - ageMs) },
    spec: { request: '', signerName },
    status: { conditions },
  };
}

function condition(type: string, more: Partial<Condition> = {}, ageMs = 10 * minute): Condition {
  return { type, status: 'True', lastTransitionTime: at(now - ageMs), ...more };
}

const approved = condition('Approved');
const signing = (reason: string): Condition => condition('external-issuer.io/Signing', { reason, message: 'state' });

function facts(request: CertificateSigningRequest, more: Partial<Facts> = {}): Facts {
  return healthyFacts({ signingRequests: ok([request]), ...more });
}

function withIssuer(more: Parameters<typeof issuerFacts>[0]): Partial<Facts> {
  return { issuers: healthyFacts({}, [issuerFacts({ view: issuerView({ key: clusterIssuer }), ...more })]).issuers };
}

const approverLease: Facts['approverLease'] = ok({
  metadata: { name: 'approver.external-issuer.io', namespace: 'external-issuer-system' },
  spec: { holderIdentity: 'pod-2', leaseDurationSeconds: 15, renewTime: at(now - 2000) },
});
const ruled = withIssuer({ policy: policyField.parse({ rules: [{ name: 'web' }] }) });
const production = withIssuer({ view: issuerView({ key: { kind: 'ExternalClusterIssuer', name: 'pki-prod' } }) });
const broken = withIssuer({ view: issuerView({ key: clusterIssuer, ready: readyCondition({ status: 'False' }) }) });

describe('the doctor, of a CertificateSigningRequest,', () => {
  const cases: readonly (readonly [string, Facts, string, RegExp, RegExp])[] = [
    [
      'that nobody approves, says who may and how',
      facts(csr()),
      'warning NotApproved',
      /^waits 10m for a person to approve it\. Kubernetes deletes it in about 23h50m\.$/,
      /bin\/external-issuer csr show jane; then bin\/external-issuer csr approve jane, .* ClusterRole external-issuer-csr-approver may$/,
    ],
    [
      'that the built-in approver leaves undecided, sends to the approver',
      facts(csr({ ageMs: minute }), { ...ruled, approverLease }),
      'error NotApproved',
      /^waits 1m for the built-in approver, .* of ExternalClusterIssuer "ca"\. Kubernetes deletes it in about 23h59m\.$/,
      /approver above/,
    ],
    [
      'that names no issuer, says how signers are named',
      facts(csr({ signerName: 'externalissuers.external-issuer.io/ca', ageMs: 1000 })),
      'error SignerNameMalformed',
      /^spec\.signerName "externalissuers\.external-issuer\.io\/ca" names no issuer, and cannot be changed$/,
      /externalissuers\.external-issuer\.io\/NAMESPACE\.NAME or externalclusterissuers\.external-issuer\.io\/NAME$/,
    ],
    [
      'whose issuer does not exist, says so before it is approved',
      facts(csr({ signerName: 'externalclusterissuers.external-issuer.io/nothing-like-it', ageMs: 1000 })),
      'error IssuerNotFound',
      /^spec\.signerName names ExternalClusterIssuer "nothing-like-it", which does not exist$/,
      /^create the issuer/,
    ],
    [
      'whose issuer is of the other kind, names it',
      facts(csr({ conditions: [approved] }), { issuers: healthyFacts({}, [issuerFacts()]).issuers }),
      'error IssuerNotFound',
      /there is ExternalIssuer "ca" in namespace "team-a"$/,
      /^kubectl delete certificatesigningrequest jane, .* --signer externalissuers\.external-issuer\.io\/team-a\.ca$/,
    ],
    [
      'whose issuer is misspelt, names the right one',
      facts(csr({ signerName: 'externalclusterissuers.external-issuer.io/pki-prd', conditions: [approved] }), production),
      'error IssuerNotFound',
      /there is ExternalClusterIssuer "pki-prod"$/,
      /--signer externalclusterissuers\.external-issuer\.io\/pki-prod$/,
    ],
    [
      'whose issuer is not ready, sends to the issuer',
      facts(csr({ conditions: [approved] }), broken),
      'warning IssuerNotReady',
      /^is approved for 10m and waits for ExternalClusterIssuer "ca", which is not ready\. Kubernetes deletes it in about 23h50m\.$/,
      /issuer above/,
    ],
    [
      'that is tried again, names the code',
      facts(csr({ conditions: [approved, signing('CAUnreachable')] })),
      'error Pending',
      /^is approved for 10m and waits: CAUnreachable\. Kubernetes/,
      events,
    ],
    [
      'that the CA decides about, sends to the CA',
      facts(csr({ conditions: [approved, signing('PendingAtCA')] })),
      'warning Pending',
      /waits: PendingAtCA\./,
      /look for the request at the CA/,
    ],
    [
      'that no controller looks at, says so',
      facts(csr({ conditions: [approved] })),
      'error ControllerSilent',
      /^is approved for 10m, and no controller has looked at it\. Kubernetes deletes it in about 23h50m\.$/,
      events,
    ],
    [
      'that was approved long ago, says that it goes soon',
      facts(csr({ ageMs: 25 * 60 * minute, conditions: [condition('Approved', {}, 25 * 60 * minute)] })),
      'error ControllerSilent',
      /Kubernetes deletes it within the hour\.$/,
      events,
    ],
    [
      'that the controller was told to leave alone, says which flag it is',
      facts(csr({ conditions: [approved] }), { requestKinds: ['CertificateRequest'] }),
      'error KindNotSigned',
      /the controller signs no CertificateSigningRequests/,
      /--request-kinds/,
    ],
    [
      'that failed, gives the reason, for as long as it is there',
      facts(csr({ conditions: [approved, condition('Failed', { reason: 'DeniedReference', message: 'No\u001b.' })] })),
      'warning Failed',
      /^failed with DeniedReference: No\\u001b\. Kubernetes deletes it in about 50m\.$/,
      /make the request again under another name, or after kubectl delete certificatesigningrequest jane$/,
    ],
  ];
  for (const [what, given, verdict, words, fix] of cases) {
    test(what, () => {
      const all = findings(given).filter(({ where }) => where === 'CertificateSigningRequest jane');
      assert.equal(all.length, 1);
      const [found] = all;
      assert.equal(`${found?.severity} ${found?.code}`, verdict);
      assert.match(found?.what ?? '', words);
      assert.match(found?.fix ?? '', fix);
    });
  }

  const quiet: readonly (readonly [string, Facts])[] = [
    ['that a person has had no time for', facts(csr({ ageMs: 4 * minute }))],
    ['that the approver has had no time for', facts(csr({ ageMs: 20_000 }), { ...ruled, approverLease })],
    ['that was approved just now', facts(csr({ conditions: [condition('Approved', {}, 9000)] }))],
    ['that was denied', facts(csr({ conditions: [condition('Denied')] }))],
    [
      'that its CA decides about since a moment',
      facts(csr({ conditions: [condition('Approved', {}, minute), signing('PendingAtCA')] })),
    ],
    ['of an API server without the kind', healthyFacts({ signingRequests: notFound })],
  ];
  for (const [what, given] of quiet) {
    test(`says nothing of one ${what}`, () => {
      assert.ok(verdicts(given).every((verdict) => !verdict.includes('CertificateSigningRequest')));
    });
  }

  test('does not guess where issuers of the kind may not be seen', () => {
    const unseen = healthyFacts().issuers.map((each) => ({ ...each, found: forbidden }));
    const all = verdicts(facts(csr({ conditions: [approved] }), { issuers: unseen }));
    assert.ok(all.includes('error ControllerSilent CertificateSigningRequest jane'), all.join('\n'));
  });

  test('says that they may not be seen', () => {
    assert.deepEqual(verdicts(healthyFacts({ signingRequests: forbidden })), ['warning NotSeen CertificateSigningRequests']);
  });
});
