import assert from 'node:assert/strict';
import { issuerCrds } from '../../../../src/api/crd.ts';
import { issuerKinds } from '../../../../src/api/group.ts';
import { defaultRbacOptions } from '../../../../src/api/rbac-rules.ts';
import { requestKindNames } from '../../../../src/issuing/request-view.ts';
import { approverOf } from '../../../../src/cli/doctor/approver-state.ts';
import { crdNames } from '../../../../src/cli/doctor/collect.ts';
import type { Facts, IssuerFacts } from '../../../../src/cli/doctor/facts.ts';
import type { Finding } from '../../../../src/cli/doctor/finding.ts';
import { diagnose } from '../../../../src/cli/doctor/run.ts';
import type { DoctorOptions } from '../../../../src/cli/doctor/options.ts';
import { accessQuestions } from '../../../../src/cli/doctor/questions.ts';
import type { StoredCrd } from '../../../../src/cli/doctor/resources.ts';
import { err, ok } from '../../../../src/lib/result.ts';
import { sampleSigners } from '../../api/support/sample-signers.ts';
import { clusterIssuer, issuerView, now } from '../../issuing/support/views.ts';

export const expectedCrds = issuerCrds(sampleSigners);

export const options: DoctorOptions = {
  rbac: defaultRbacOptions,
  controllerServiceAccount: 'external-issuer-controller',
  allowedReferenceNamespaces: [],
  patienceMs: 300_000,
};

export const forbidden = err({ code: 'Forbidden', message: 'list: forbidden' } as const);
export const notFound = err({ code: 'NotFound', message: 'get: not found' } as const);

const established = { conditions: [{ type: 'Established', status: 'True' as const }] };

/** A CRD as the API server would keep it. */
export function storedCrd(name: string): StoredCrd {
  const expected = expectedCrds.find(({ metadata }) => metadata.name === name) as StoredCrd | undefined;
  return { metadata: { name }, spec: expected?.spec ?? { versions: [{ name: 'v1', served: true }] }, status: established };
}

export function issuerFacts(overrides: Partial<IssuerFacts> = {}): IssuerFacts {
  return { view: issuerView(), createdAt: now - 3_600_000, refNamespaces: [], bad: [], ...overrides };
}

/** A cluster in which all is well. */
export function healthyFacts(
  overrides: Partial<Facts> = {},
  issuers: readonly IssuerFacts[] = [issuerFacts(), issuerFacts({ view: issuerView({ key: clusterIssuer }) })],
): Facts {
  const base = {
    now,
    deployments: ok([]),
    approverLease: notFound,
    requestKinds: requestKindNames,
    ...overrides,
  };
  const questions = accessQuestions({
    rbac: options.rbac,
    controllerAccount: options.controllerServiceAccount,
    requestKinds: base.requestKinds,
    approverKinds: approverOf(base).kinds,
    approverAccount: approverOf(base).account,
    issuers: issuers.map(({ view }) => view.key),
    refNamespaces: issuers.flatMap(({ refNamespaces }) => refNamespaces),
    serviceAccounts: issuers.flatMap(({ serviceAccount }) => serviceAccount ?? []),
  });
  return {
    crds: new Map(crdNames.map((name) => [name, ok(storedCrd(name))])),
    lease: ok({
      metadata: { name: 'external-issuer.io' },
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: new Date(now - 2000).toISOString() },
    }),
    certManagerAccount: ok({ metadata: { name: 'cert-manager' } }),
    controllerAccount: ok({ metadata: { name: options.controllerServiceAccount } }),
    issuers: issuerKinds.map((names) => ({ names, found: ok(issuers.filter(({ view }) => view.key.kind === names.kind)) })),
    access: ok(questions.map((question) => ({ question, allowed: true }))),
    requests: ok([]),
    signingRequests: ok([]),
    webhooks: { mutating: ok([]), validating: ok([]) },
    ...base,
  };
}

/** What the doctor says that is not `ok`, as `severity code where`. */
export function verdicts(facts: Facts, given: DoctorOptions = options): readonly string[] {
  return findings(facts, given).map(({ severity, code, where }) => `${severity} ${code} ${where}`);
}

export function findings(facts: Facts, given: DoctorOptions = options): readonly Finding[] {
  return diagnose(facts, given, expectedCrds, 'bin/external-issuer').filter(({ severity }) => severity !== 'ok');
}

/** All rights but those that the test takes away, told as `controller list certificaterequests team-a name`. */
export function without(facts: Facts, missing: (words: string) => boolean): Facts {
  assert.ok(facts.access.ok);
  const access = facts.access.value.map(({ question, allowed }) => {
    const { verb, resource, subresource, namespace, name } = question.attributes;
    const path = subresource === undefined ? resource : `${resource}/${subresource}`;
    return { question, allowed: allowed && !missing([question.purpose, verb, path, namespace, name].join(' ')) };
  });
  return { ...facts, access: ok(access) };
}
