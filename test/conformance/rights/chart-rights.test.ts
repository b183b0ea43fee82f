import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { defaultRbacOptions, type RbacOptions } from '../../../src/api/rbac-rules.ts';
import { rbacYaml } from '../../../src/api/rbac.ts';
import { readEnvironment } from '../../controlplane/environment.ts';
import { run } from '../../controlplane/run.ts';
import { helmProgram } from '../../tools/helm.ts';

interface RbacObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
  readonly spec?: { readonly policyName?: string; readonly matchConditions?: readonly { readonly expression: string }[] };
}

interface Profile {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly options: Partial<RbacOptions>;
}

const tokens = [{ namespace: 'team-a', name: 'vault-login' }];
const profiles: readonly Profile[] = [
  { what: 'the cluster resource namespace alone', values: {}, options: {} },
  {
    what: 'named namespaces, of which one is there twice and one is the cluster resource namespace',
    values: {
      rbac: { issuerNamespaces: ['team-a', 'pki-secrets', 'team-b'] },
      allowedReferenceNamespaces: ['team-b', 'shared'],
      clusterResourceNamespace: 'pki-secrets',
    },
    options: { clusterResourceNamespace: 'pki-secrets', issuerNamespaces: ['team-a', 'team-b', 'shared'] },
  },
  {
    what: 'every namespace',
    values: { rbac: { clusterWideReferences: true } },
    options: { clusterWideReferences: true },
  },
  {
    what: 'tokens of a ServiceAccount',
    values: { rbac: { serviceAccountTokens: tokens } },
    options: { serviceAccountTokens: tokens },
  },
  {
    what: 'CertificateRequests alone',
    values: { requestKinds: ['CertificateRequest'] },
    options: { requestKinds: ['CertificateRequest'] },
  },
  {
    what: 'CertificateSigningRequests alone',
    values: { requestKinds: ['CertificateSigningRequest'] },
    options: { requestKinds: ['CertificateSigningRequest'] },
  },
  {
    what: 'the built-in approver, for one kind, with metrics that are looked up',
    values: {
      approver: { type: 'built-in' },
      requestKinds: ['CertificateSigningRequest'],
      metrics: { secure: { enabled: true } },
    },
    options: { approver: 'built-in', requestKinds: ['CertificateSigningRequest'], metricsSecure: true },
  },
  {
    what: 'no approver, with metrics that are looked up',
    values: { approver: { type: 'none' }, metrics: { secure: { enabled: true } } },
    options: { approver: 'none', metricsSecure: true },
  },
  {
    what: 'the built-in approver, without admission policies',
    values: { approver: { type: 'built-in' }, admissionPolicy: { enabled: false } },
    options: { approver: 'built-in', admissionPolicy: false },
  },
  {
    what: "another cert-manager, and the cluster's own roles left alone",
    values: {
      approver: { certManager: { namespace: 'certs', serviceAccountName: 'cm' } },
      rbac: { aggregateToDefaultRoles: false },
    },
    options: { certManagerNamespace: 'certs', certManagerServiceAccount: 'cm', aggregateToDefaultRoles: false },
  },
];

const chart = fileURLToPath(new URL('../../../charts/external-issuer', import.meta.url));

describe('the roles, policies and bindings of the chart', () => {
  let helm: string;
  before(async () => void (helm = await helmProgram(4, readEnvironment(), process.stderr)));

  /** What a release of that name has of RBAC for the product itself; hooks, such as the chart's own test, are none of it. */
  async function rendered(values: Profile['values'], release = 'external-issuer'): Promise<readonly RbacObject[]> {
    const args = ['template', release, chart, '--namespace=external-issuer-system', '--values=-'];
    const input = JSON.stringify({ image: { repository: 'REGISTRY/external-issuer' }, ...values });
    const { stdout, stderr, code } = await run(helm, args, { input });
    assert.equal(code, 0, stderr);
    return rightsIn(stdout).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
  }

  for (const { what, values, options } of profiles) {
    test(`are those of "crds --rbac" for ${what}`, async () => {
      const wanted = rightsIn(rbacYaml({ ...defaultRbacOptions, ...options }));
      assert.deepEqual(comparable(await rendered(values)), comparable(wanted));
    });
  }

  test('are bound to the ServiceAccounts that you name', async () => {
    const named = (name: string): unknown => ({ create: false, name });
    const approver = { type: 'built-in', serviceAccount: named('decider') };
    const objects = await rendered({ serviceAccount: named('signer'), approver, metrics: { secure: { enabled: true } } });
    const subjects = objects.flatMap((object) => object.subjects ?? []);
    assert.deepEqual([...new Set(subjects.map(({ name }) => name))].toSorted(), ['decider', 'signer']);
    const metrics = objects.find(
      ({ kind, metadata }) => kind === 'ClusterRoleBinding' && metadata.name.endsWith('-metrics-auth'),
    );
    assert.deepEqual(
      metrics?.subjects?.map(({ name }) => name),
      ['signer', 'decider'],
    );
  });

  test('limit the ServiceAccounts that you name', async () => {
    const named = (name: string): unknown => ({ create: false, name });
    const objects = await rendered({
      serviceAccount: named('signer'),
      approver: { type: 'built-in', serviceAccount: named('decider') },
    });
    const users = objects.flatMap(({ spec }) => spec?.matchConditions ?? []).map(({ expression }) => expression);
    const isUser = (name: string): string =>
      `request.userInfo.username == 'system:serviceaccount:external-issuer-system:${name}'`;
    assert.deepEqual(users.toSorted(), [isUser('decider'), isUser('signer')]);
  });

  test('are none where you make them yourself; the rights and the limits each for themselves', async () => {
    const [rbac, admissionPolicy] = [{ create: false }, { enabled: false }];
    assert.deepEqual(await rendered({ rbac, admissionPolicy }), []);
    const kinds = (await rendered({ rbac })).map(({ kind }) => kind);
    assert.deepEqual(kinds.toSorted(), ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);
    assert.ok((await rendered({ admissionPolicy })).every(({ kind }) => /Role/.test(kind)));
  });

  test('of two releases have no name in common, and each binding leads to a role or a policy of its own release', async () => {
    const values = { metrics: { secure: { enabled: true } }, approver: { type: 'cert-manager' } };
    const [first, second] = [await rendered(values), await rendered(values, 'second')];
    const names = new Set(first.map(nameOf));
    assert.deepEqual(
      second.map(nameOf).filter((name) => names.has(name)),
      [],
    );
    const roles = new Set(second.map(nameOf));
    for (const { roleRef, metadata, spec } of second) {
      if (spec?.policyName !== undefined) {
        assert.ok(
          roles.has(nameOf({ kind: 'ValidatingAdmissionPolicy', metadata: { name: spec.policyName } })),
          spec.policyName,
        );
      }
      if (roleRef === undefined) continue;
      const place = roleRef.kind === 'Role' ? { namespace: metadata.namespace ?? '' } : {};
      assert.ok(roles.has(nameOf({ kind: roleRef.kind, metadata: { name: roleRef.name, ...place } })), roleRef.name);
    }
  });
});

/** The objects of RBAC, and the admission policies, in a text. */
function rightsIn(yaml: string): readonly RbacObject[] {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as RbacObject | null);
  return objects
    .filter((object) => object !== null)
    .filter(({ apiVersion }) => /^(?:rbac|admissionregistration)\./.test(apiVersion));
}

function nameOf({
  kind,
  metadata: { namespace, name },
}: Pick<RbacObject, 'kind'> & { metadata: { namespace?: string; name: string } }): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

/** The objects by name, without the labels that a chart has and plain manifests have not. */
function comparable(objects: readonly RbacObject[]): ReadonlyMap<string, unknown> {
  const entries = objects.map((object): [string, unknown] => {
    const { labels, annotations: _, ...metadata } = object.metadata;
    const aggregation = Object.keys(labels).filter((label) => label.startsWith('rbac.'));
    return [nameOf(object), { ...object, metadata: { ...metadata, aggregation: aggregation.toSorted() } }];
  });
  const map = new Map(entries);
  assert.equal(map.size, entries.length, 'no object is there twice');
  assert.ok(map.size > 0, 'there are roles');
  return map;
}
