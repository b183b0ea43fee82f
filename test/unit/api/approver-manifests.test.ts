import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { approverRbac } from '../../../src/api/approver-manifests.ts';
import { manifestsYaml } from '../../../src/api/manifest.ts';

interface ApproverObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
}

const objects = parseAllDocuments(manifestsYaml(approverRbac({ namespace: 'pki' }))).map(
  (document) => document.toJS() as ApproverObject,
);
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
  });
});
