import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import type { Container, Deployment } from '../../../../src/cli/doctor/resources.ts';
import { isApprover, isController, kindsSignedBy } from '../../../../src/cli/doctor/workloads.ts';
import { findings, healthyFacts, notFound, verdicts, without } from './support.ts';

const certificateRequest = 'CertificateRequest';
const signingRequest = 'CertificateSigningRequest';
const account = 'ServiceAccount external-issuer-system/external-issuer-controller';

function deployment(container: Container, serviceAccountName = 'external-issuer-controller'): Deployment {
  const metadata = { name: 'x', labels: { 'app.kubernetes.io/name': 'external-issuer' } };
  return { metadata, spec: { template: { spec: { serviceAccountName, containers: [container] } } } };
}

describe('the kinds that a controller signs', () => {
  const env = [{ name: 'EXTERNAL_ISSUER_REQUEST_KINDS', value: certificateRequest }];
  const both = [certificateRequest, signingRequest];
  const cases: readonly (readonly [string, Container, readonly string[]])[] = [
    ['are all where nothing is said', { args: ['controller', '--leader-elect'] }, both],
    ['are those of the flag', { args: [`--request-kinds=${signingRequest}`] }, [signingRequest]],
    ['are those after the flag', { command: ['x', '--request-kinds', certificateRequest] }, [certificateRequest]],
    ['are those of a list', { args: [`--request-kinds=${signingRequest}, ${certificateRequest}`] }, both],
    ['are those of the variable', { env }, [certificateRequest]],
    [
      'are those of the flag before those of the variable',
      { args: [`--request-kinds=${signingRequest}`], env },
      [signingRequest],
    ],
    ['are all where the value is none', { args: ['--request-kinds=Certificate'] }, both],
    ['are all where the value is missing', { args: ['--request-kinds'] }, both],
  ];
  for (const [what, container, expected] of cases) {
    test(what, () => assert.deepEqual(kindsSignedBy(deployment(container)), expected));
  }

  test('are not those of the approver, which has the same label', () => {
    for (const approver of [deployment({ args: ['approver'] }), deployment({}, 'external-issuer-approver')]) {
      assert.ok(isApprover(approver) && !isController(approver, 'external-issuer-controller'));
    }
    const controller = deployment({ args: ['controller'] });
    assert.ok(isController(controller, 'another') && !isApprover(controller));
  });

  test('are not those of the mock CA server of the chart, which has the same label too', () => {
    const mockca = deployment({ args: ['mockca'] });
    const labels = { ...mockca.metadata.labels, 'app.kubernetes.io/component': 'mockca' };
    assert.equal(isController({ ...mockca, metadata: { ...mockca.metadata, labels } }, 'external-issuer-controller'), false);
  });
});

describe('the doctor and the kinds that a controller signs', () => {
  const withoutCrd = (requestKinds: Facts['requestKinds']): Facts => {
    const crds = new Map([...healthyFacts().crds, ['certificaterequests.cert-manager.io', notFound] as const]);
    return healthyFacts({ crds, requests: notFound, requestKinds });
  };

  test("misses cert-manager's kind only where it is signed", () => {
    assert.deepEqual(verdicts(withoutCrd([signingRequest])), []);
    const both = withoutCrd([certificateRequest, signingRequest]);
    assert.deepEqual(verdicts(both), ['error CrdMissing CustomResourceDefinition certificaterequests.cert-manager.io']);
    assert.match(findings(both)[0]?.what ?? '', /never gets ready .*--request-kinds CertificateSigningRequest/);
  });

  test('says plainly that a controller with the RBAC of an older version never gets ready', () => {
    const old = (words: string): boolean => /certificatesigningrequests|sign signers|subjectaccessreviews/.test(words);
    const found = findings(without(healthyFacts(), old));
    assert.deepEqual(
      found.map(({ severity, code, where }) => `${severity} ${code} ${where}`),
      Array.from({ length: 4 }, () => `error RightMissing ${account}`),
    );
    assert.match(
      found[0]?.what ?? '',
      /^may not get, list, watch certificatesigningrequests of certificates\.k8s\.io; .* never gets ready .*--request-kinds CertificateRequest\.$/,
    );
    const words = found.map(({ what }) => what).join('\n');
    assert.match(words, /may not patch certificatesigningrequests\/status of certificates\.k8s\.io/);
    assert.match(
      words,
      /may not sign signers of certificates\.k8s\.io named externalissuers\.external-issuer\.io\/\*, externalclusterissuers\.external-issuer\.io\/\*;/,
    );
    assert.match(words, /may not create subjectaccessreviews of authorization\.k8s\.io/);
    assert.ok(found.every(({ fix }) => fix === 'bin/external-issuer crds --rbac | kubectl apply --server-side -f -'));
  });

  const asked: readonly (readonly [Facts['requestKinds'], readonly string[], readonly string[]])[] = [
    [[certificateRequest], ['certificaterequests'], ['certificatesigningrequests', 'subjectaccessreviews']],
    [[signingRequest], ['certificatesigningrequests', 'subjectaccessreviews'], ['certificaterequests']],
  ];
  for (const [requestKinds, wanted, left] of asked) {
    test(`asks for no other rights than those for ${requestKinds.join()}`, () => {
      const { access } = healthyFacts({ requestKinds });
      assert.ok(access.ok);
      const resources = new Set(access.value.map(({ question }) => question.attributes.resource));
      assert.deepEqual(
        wanted.filter((each) => !resources.has(each)),
        [],
      );
      assert.deepEqual(
        left.filter((each) => resources.has(each)),
        [],
      );
      assert.ok(resources.has('externalissuers'));
    });
  }
});
