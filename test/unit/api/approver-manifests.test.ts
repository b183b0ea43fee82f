import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { approverYaml } from '../../../src/api/approver-manifests.ts';
import { commandNamed } from '../support/program.ts';

interface Container {
  readonly args: readonly string[];
  readonly securityContext: unknown;
}

interface ApproverObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
  readonly spec?: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly serviceAccountName: string; readonly containers: readonly Container[] };
    };
  };
}

const objects = parseAllDocuments(approverYaml('pki')).map((document) => document.toJS() as ApproverObject);
const { spec } = objects.find(({ kind }) => kind === 'Deployment') ?? assert.fail('there is no Deployment');
const rules = objects.flatMap((object) => object.rules ?? []);

describe('the manifests of the approver', () => {
  test('let it read no Secret, sign nothing, and write nothing but decisions, events and its Lease', () => {
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => ['create', 'update', 'patch', 'delete'].includes(verb)));
    assert.deepEqual(
      [...new Set(writing.flatMap(({ resources }) => resources))],
      ['certificaterequests/status', 'certificatesigningrequests/approval', 'subjectaccessreviews', 'events', 'leases'],
    );
    const words = rules.flatMap(({ resources, verbs }) => [...resources, ...verbs]);
    for (const forbidden of ['*', 'secrets', 'configmaps', 'sign', 'delete']) assert.ok(!words.includes(forbidden), forbidden);
  });

  test('are all of one namespace and one ServiceAccount', () => {
    for (const { metadata, subjects = [] } of objects) {
      if (metadata.namespace !== undefined) assert.equal(metadata.namespace, 'pki', metadata.name);
      for (const { name, namespace } of subjects) assert.deepEqual([namespace, name], ['pki', 'external-issuer-approver']);
    }
    assert.equal(spec?.template.spec.serviceAccountName, 'external-issuer-approver');
  });

  test('start the approver with flags that it knows, and elect a leader', () => {
    const [command = '', ...flags] = spec?.template.spec.containers[0]?.args ?? [];
    const known = commandNamed(command).options.map(({ long }) => long);
    assert.ok(flags.includes('--leader-elect'));
    for (const flag of flags) assert.ok(known.includes(flag), flag);
  });

  test('select the pods of the Deployment, and none that the label of the controller selects', () => {
    const { labels } = spec?.template.metadata ?? assert.fail('no labels');
    for (const [label, value] of Object.entries(spec?.selector.matchLabels ?? {})) assert.equal(labels[label], value);
    assert.equal(labels['app.kubernetes.io/name'], undefined);
  });

  test('take from the container what it does not need', () => {
    assert.deepEqual(spec?.template.spec.containers[0]?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
