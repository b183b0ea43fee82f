import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { at, find, render, type Rendered } from './support/helm.ts';

describe('what differs between platforms', () => {
  let rendered: readonly Rendered[];
  before(async () => {
    rendered = await render({
      podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
      networkPolicy: { enabled: true, apiServer: { cidrs: ['10.0.0.1/32'] }, dns: { ports: [5353] } },
      metrics: {
        serviceMonitor: { enabled: true, apiVersion: 'azmonitoring.coreos.com/v1' },
        prometheusRule: { enabled: true, runbookUrlPrefix: 'https://git.example.com/external-issuer/docs/' },
      },
    });
  });

  test('ids are left to OpenShift, and the rest of the security context is not', () => {
    const context = at(find(rendered, 'Deployment', '-controller'), 'spec.template.spec.securityContext');
    assert.deepEqual(context, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });

  test('DNS is let through on the port of its pods', () => {
    const ports = at(find(rendered, 'NetworkPolicy', '-controller'), 'spec.egress.1.ports');
    assert.deepEqual(ports, [
      { port: 5353, protocol: 'UDP' },
      { port: 5353, protocol: 'TCP' },
    ]);
  });

  test('a monitor is of the group that the platform reads', () => {
    assert.equal(at(find(rendered, 'ServiceMonitor', ''), 'apiVersion'), 'azmonitoring.coreos.com/v1');
  });

  test('alerts link the page that is published', () => {
    const rule = find(rendered, 'PrometheusRule', '');
    assert.equal(
      at(rule, 'spec.groups.0.rules.0.annotations.runbook_url'),
      'https://git.example.com/external-issuer/docs/troubleshooting.md#externalissuernoleader',
    );
    assert.match(String(at(rule, 'spec.groups.0.rules.3.annotations.summary')), /\{\{/);
  });
});
