import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandsFor } from '../../../../src/cli/doctor/options.ts';
import { renderJson, renderText } from '../../../../src/cli/doctor/render.ts';
import { findings, healthyFacts, notFound, options } from './support.ts';

describe('what the doctor writes', () => {
  const found = findings(healthyFacts({ lease: notFound, certManagerAccount: notFound }));

  test('is a line for each finding, its fix below it, and a sum, safe for a terminal', () => {
    const evil = { severity: 'error', code: 'X', where: 'Secret a/b\u001b', what: 'bad', fix: 'kubectl x' } as const;
    assert.equal(renderText([evil]), 'error    Secret a/b\\u001b: bad\n         fix: kubectl x\n\n1 error, 0 warnings\n');
    assert.match(renderText(found), /\n1 error, 1 warning\n$/);
    assert.equal(renderText([]), '\nall is well\n');
  });

  test('is JSON for programs', () => {
    const { summary, findings: listed } = JSON.parse(renderJson(found)) as { summary: unknown; findings: unknown[] };
    assert.deepEqual(summary, { ok: 0, warning: 1, error: 1 });
    assert.deepEqual(listed, found);
  });

  test('are commands for the cluster and the places that were named', () => {
    const rbac = { ...options.rbac, namespace: 'pki', clusterResourceNamespace: 'keys', certManagerNamespace: 'certs' };
    const commands = commandsFor(
      { ...options, kubeconfig: 'my config', context: 'prod', rbac },
      'bin/external-issuer',
      'built-in',
    );
    const kubectl = "kubectl --kubeconfig 'my config' --context prod";
    assert.equal(commands.kubectl, kubectl);
    assert.equal(
      commands.applyRbac,
      `bin/external-issuer crds --rbac --namespace pki --cluster-resource-namespace keys --cert-manager-namespace certs --approver built-in | ${kubectl} apply --server-side -f -`,
    );
  });
});
