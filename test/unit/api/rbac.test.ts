import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { defaultRbacOptions, type Approver, type RbacOptions } from '../../../src/api/rbac-rules.ts';
import { rbacYaml } from '../../../src/api/rbac.ts';

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly resources?: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
}

function objectsOf(options: RbacOptions): readonly RbacObject[] {
  return parseAllDocuments(rbacYaml(options)).map((document) => document.toJS() as RbacObject);
}

const objects = objectsOf(defaultRbacOptions);

/** The objects as `Kind namespace/name`. */
function namesOf(all: readonly RbacObject[]): readonly string[] {
  return all.map(
    ({ kind, metadata: { name, namespace } }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
}

describe('the RBAC', () => {
  test('has the names that users and their tools know', () => {
    assert.deepEqual(namesOf(objects), [
      'Namespace external-issuer-system',
      'ServiceAccount external-issuer-system/external-issuer-controller',
      'ClusterRole external-issuer-controller-role',
      'ClusterRoleBinding external-issuer-controller-role-binding',
      'Role external-issuer-system/external-issuer-leader-election',
      'RoleBinding external-issuer-system/external-issuer-leader-election',
      'Role external-issuer-system/external-issuer-refs',
      'RoleBinding external-issuer-system/external-issuer-refs',
      'ClusterRole external-issuer-refs-reader',
      'ClusterRole cert-manager-controller-approve:external-issuer-io',
      'ClusterRoleBinding cert-manager-controller-approve:external-issuer-io',
      'ValidatingAdmissionPolicy external-issuer-controller-policy',
      'ValidatingAdmissionPolicyBinding external-issuer-controller-policy-binding',
      'ClusterRole external-issuer-metrics-reader',
      'ClusterRole external-issuer-csr-approver',
      'ClusterRole external-issuer-csr-requester',
      'ClusterRole external-issuer-reference',
      'ClusterRole external-issuer-view',
      'ClusterRole external-issuer-edit',
    ]);
  });

  test('binds none of the roles for people', () => {
    const bound = objects.flatMap(({ roleRef }) => (roleRef === undefined ? [] : [roleRef.name]));
    for (const name of ['external-issuer-csr-approver', 'external-issuer-csr-requester', 'external-issuer-reference']) {
      assert.ok(!bound.includes(name), name);
    }
  });

  test('gives nobody but the one approver the right to approve, and people only through a role that is bound nowhere', () => {
    const approving = (approver: Approver): readonly string[] =>
      objectsOf({ ...defaultRbacOptions, approver })
        .filter(({ rules = [] }) => rules.some(({ verbs }) => verbs.includes('approve')))
        .map(({ metadata }) => metadata.name);
    const people = 'external-issuer-csr-approver';
    assert.deepEqual(approving('cert-manager'), ['cert-manager-controller-approve:external-issuer-io', people]);
    assert.deepEqual(approving('built-in'), ['external-issuer-approver-role', people]);
    assert.deepEqual(approving('none'), [people]);
  });

  test('binds no role that reads Secrets in the whole cluster, and no wildcard anywhere', () => {
    const bound = new Set(objects.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ roleRef }) => roleRef?.name));
    for (const { kind, metadata, rules = [] } of objects) {
      const words = rules.flatMap(({ resources = [], verbs }) => [...resources, ...verbs]);
      assert.ok(!words.includes('*'), metadata.name);
      if (kind === 'ClusterRole' && bound.has(metadata.name)) assert.ok(!words.includes('secrets'), metadata.name);
    }
  });

  test('reads references where it is told, by bindings to the roles that the documentation names', () => {
    const readers = (options: Partial<RbacOptions>): readonly string[] =>
      objectsOf({ ...defaultRbacOptions, ...options })
        .filter(({ roleRef }) => roleRef?.name.startsWith('external-issuer-refs'))
        .map(({ kind, metadata, roleRef }) => `${kind} ${metadata.namespace ?? '*'} ${roleRef?.kind} ${roleRef?.name}`);
    const own = 'RoleBinding external-issuer-system Role external-issuer-refs';
    const inNamespace = (name: string): string => `RoleBinding ${name} ClusterRole external-issuer-refs-reader`;
    assert.deepEqual(readers({}), [own]);
    assert.deepEqual(readers({ issuerNamespaces: ['a', 'b', 'a', 'external-issuer-system'] }), [
      own,
      inNamespace('a'),
      inNamespace('b'),
    ]);
    assert.deepEqual(readers({ clusterWideReferences: true, issuerNamespaces: ['a'] }), [
      'ClusterRoleBinding * ClusterRole external-issuer-refs-reader',
    ]);
  });

  test('makes tokens of the named ServiceAccounts and of no other', () => {
    const all = objectsOf({ ...defaultRbacOptions, serviceAccountTokens: [{ namespace: 'team-a', name: 'login' }] });
    const creating = all.filter(({ rules = [] }) =>
      rules.some(({ resources = [] }) => resources.includes('serviceaccounts/token')),
    );
    assert.deepEqual(namesOf(creating), ['Role team-a/external-issuer-token-login']);
    assert.deepEqual(creating[0]?.rules?.[0]?.resourceNames, ['login']);
  });

  test('leaves out what is for a kind of requests that is not signed, and whoever would approve nothing', () => {
    const groupsOf = (kind: 'CertificateRequest' | 'CertificateSigningRequest', approver: Approver): readonly string[] => {
      const text = rbacYaml({ ...defaultRbacOptions, approver, requestKinds: [kind] });
      return [
        ...new Set(
          text.split('external-issuer-csr-')[0]?.match(/cert-manager\.io|certificates\.k8s\.io|subjectaccessreviews/g),
        ),
      ];
    };
    assert.deepEqual(groupsOf('CertificateRequest', 'cert-manager'), ['cert-manager.io']);
    assert.deepEqual(groupsOf('CertificateRequest', 'built-in'), ['cert-manager.io']);
    assert.deepEqual(groupsOf('CertificateSigningRequest', 'cert-manager'), ['certificates.k8s.io', 'subjectaccessreviews']);
  });

  test('lets who reads metrics be looked up only where that is asked for, by each process that there is', () => {
    const subjectsOf = (options: Partial<RbacOptions>): readonly string[] =>
      objectsOf({ ...defaultRbacOptions, ...options })
        .filter(({ roleRef }) => roleRef?.name === 'external-issuer-metrics-auth')
        .flatMap(({ subjects = [] }) => subjects.map(({ name }) => name));
    assert.deepEqual(subjectsOf({}), []);
    assert.deepEqual(subjectsOf({ metricsSecure: true }), ['external-issuer-controller']);
    assert.deepEqual(subjectsOf({ metricsSecure: true, approver: 'built-in' }), [
      'external-issuer-controller',
      'external-issuer-approver',
    ]);
  });

  test('lets the controller patch statuses and never the requests themselves', () => {
    const role = objects.find(({ metadata }) => metadata.name === 'external-issuer-controller-role');
    const writable = role?.rules?.filter(({ verbs }) => verbs.includes('patch')).flatMap(({ resources = [] }) => resources);
    assert.deepEqual(writable, [
      'certificaterequests/status',
      'certificatesigningrequests/status',
      'externalissuers/status',
      'externalclusterissuers/status',
      'events',
    ]);
  });

  test('lets cert-manager approve for both kinds', () => {
    const role = objects.find(({ metadata }) => metadata.name.startsWith('cert-manager-controller-approve'));
    assert.deepEqual(role?.rules?.[0]?.resourceNames, [
      'externalissuers.external-issuer.io/*',
      'externalclusterissuers.external-issuer.io/*',
    ]);
  });

  test('binds every role to a role that is there', () => {
    const roles = new Set(namesOf(objects.filter(({ rules }) => rules !== undefined)));
    for (const { roleRef, metadata } of objects) {
      if (roleRef === undefined) continue;
      const name = roleRef.kind === 'Role' ? `${metadata.namespace}/${roleRef.name}` : roleRef.name;
      assert.ok(roles.has(`${roleRef.kind} ${name}`), name);
    }
  });

  test('says above every rule what it is for', () => {
    const lines = rbacYaml(defaultRbacOptions).split('\n');
    const rules = lines.flatMap((line, index) => (/^ {2}- (apiGroups|nonResourceURLs):/.test(line) ? [lines[index - 1]] : []));
    assert.ok(rules.length > 8);
    for (const above of rules) assert.match(above ?? '', /^ {2}# [A-Z].*\.$/);
  });

  test('follows the options', () => {
    const moved = objectsOf({
      namespace: 'pki',
      clusterResourceNamespace: 'pki-secrets',
      certManagerNamespace: 'certs',
      certManagerServiceAccount: 'cm',
    });
    const names = namesOf(moved);
    assert.ok(names.includes('Namespace pki'));
    assert.ok(names.includes('Role pki/external-issuer-leader-election'));
    assert.ok(names.includes('Role pki-secrets/external-issuer-refs'));
    const subjects = moved.flatMap((object) => object.subjects ?? []).map(({ namespace, name }) => `${namespace}/${name}`);
    assert.deepEqual(subjects, [
      'pki/external-issuer-controller',
      'pki/external-issuer-controller',
      'pki/external-issuer-controller',
      'certs/cm',
    ]);
  });
});
