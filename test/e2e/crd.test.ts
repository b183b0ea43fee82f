import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crdsYaml } from '../../src/api/crd.ts';
import { issuerKinds } from '../../src/api/group.ts';
import { isAllowed, type WantedAccess } from '../controlplane/access.ts';
import { startControlPlane } from '../controlplane/controlplane.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import type { ControlPlane } from '../controlplane/types.ts';
import { sampleSigners } from '../unit/api/support/sample-signers.ts';
import { stopPlane } from './support/failure-report.ts';
import { heldCaIssuerCases } from './support/held-ca-issuer-cases.ts';
import { issuerCases, sampleIssuerCases, type IssuerCase } from './support/issuer-cases.ts';
import { policyCases } from './support/policy-crd-cases.ts';
import { pkiIssuerCases } from './support/pki-issuer-cases.ts';
import { watchSuite } from './support/suite.ts';

const root = new URL('../../', import.meta.url);
const sampleGroup = 'sample.external-issuer.test';
const exampleIssuer = 'mockca-cluster-issuer';
/** Where the examples have what belongs to one team. */
const exampleNamespace = 'team-a';

describe('the shipped manifests', () => {
  const suiteEnd = watchSuite();
  let plane: ControlPlane;
  let exampleMade = false;
  let namespaceMade = false;
  before(async () => {
    plane = await startControlPlane();
  });
  after(async () => {
    // What the tests made; on a given cluster only the shipped manifests stay.
    const sampleCrds = ['externalissuers', 'externalclusterissuers'].map((plural) => `${plural}.${sampleGroup}`);
    await kubectl(['delete', '--ignore-not-found', '--timeout=60s', 'customresourcedefinition', ...sampleCrds]);
    if (exampleMade) await kubectl(['delete', '--ignore-not-found', 'eci', exampleIssuer]);
    if (namespaceMade) await kubectl(['delete', '--ignore-not-found', '--wait=false', 'namespace', exampleNamespace]);
    await stopPlane(plane, suiteEnd());
  });

  const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    await mustKubectl(plane.kubectl, args, input);

  async function applyWithoutWarning(file: string, text: string): Promise<void> {
    const { code, stderr } = await plane.kubectl(['apply', '--server-side', '--filename=-'], text);
    assert.equal(stderr, '', file);
    assert.equal(code, 0, file);
  }

  test('are applied without a warning', async () => {
    for (const file of ['deploy/crds.yaml', 'deploy/rbac.yaml'])
      await applyWithoutWarning(file, await readFile(new URL(file, root), 'utf8'));
    await applyWithoutWarning('CRDs of sample signers', crdsYaml(sampleSigners).replaceAll('external-issuer.io', sampleGroup));
    await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  });

  /** What kubectl says of each case, in one call of it: that the object was created, or the API server's refusal. */
  async function answersTo(cases: readonly IssuerCase[], kind: string, group: string): Promise<readonly string[]> {
    const objects = cases.map(({ spec }, index) => ({
      apiVersion: `${group}/v1alpha1`,
      kind,
      metadata: { name: `case-${index}-end`, namespace: kind === 'ExternalIssuer' ? 'default' : undefined },
      spec,
    }));
    const { stdout, stderr } = await plane.kubectl(
      ['create', '--dry-run=server', '--validate=strict', '--filename=-'],
      objects.map((object) => JSON.stringify(object)).join('\n'),
    );
    const answers = [...stdout.split('\n'), ...stderr.split(/^(?=The External|Error from server)/m)];
    return cases.map((_, index) => answers.find((answer) => answer.includes(`case-${index}-end`)) ?? 'no answer');
  }

  for (const { kind } of issuerKinds) {
    test(`say what is wrong with an ${kind}, and nothing where nothing is`, async (t) => {
      for (const [group, cases] of [
        ['external-issuer.io', [...issuerCases, ...pkiIssuerCases, ...policyCases, ...heldCaIssuerCases]],
        [sampleGroup, sampleIssuerCases],
      ] as const) {
        const answers = await answersTo(cases, kind, group);
        for (const [index, { what, refusal }] of cases.entries()) {
          await t.test(`${refusal === undefined ? 'take' : 'refuse'} ${what}`, () => {
            assert.match(answers[index] ?? '', refusal ?? /\/case-\d+-end created \(server dry run\)$/);
          });
        }
      }
    });
  }

  test('refuse a field that nobody knows', async () => {
    const issuer = {
      apiVersion: 'external-issuer.io/v1alpha1',
      kind: 'ExternalIssuer',
      metadata: { name: 'a', namespace: 'default' },
    };
    const { stderr } = await plane.kubectl(
      ['create', '--filename=-'],
      JSON.stringify({ ...issuer, spec: { signerType: 'mockca', url: 'https://pki' } }),
    );
    assert.match(stderr, /unknown field "spec\.url"/);
  });

  test('describe their fields to kubectl explain', async () => {
    // That each has a description is known already: there is no CRD of a schema that lacks one.
    for (const path of ['externalissuers', 'externalissuers.spec.pki.steps', 'externalclusterissuers.status.conditions']) {
      const text = await kubectl(['explain', path]);
      assert.match(text, /^FIELDS:$/m, path);
      assert.doesNotMatch(text, /<no description>|<empty>/, path);
    }
    assert.match(await kubectl(['explain', 'externalissuers.spec.healthCheck.interval']), /Default: 10m\.\s+Example: 5m\./);
  });

  test('show the columns in kubectl get, by the short name and the category too', async () => {
    const file = fileURLToPath(new URL(`examples/${exampleIssuer}.yaml`, root));
    // Made, and not applied, so that one that is there already is neither changed nor removed.
    await kubectl(['create', `--filename=${file}`]);
    exampleMade = true;
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Checked',
      message: 'Signs.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const ca = { subject: 'CN=CA', serialNumber: '0a', notAfter: '2036-01-01T00:00:00Z', keyId: 'https://vault/keys/ca/1' };
    const patch = JSON.stringify({ status: { conditions: [condition], ca, caCertificate: 'PEM' } });
    await kubectl(['patch', 'eci', exampleIssuer, '--subresource=status', '--type=merge', `--patch=${patch}`]);
    assert.match(
      await kubectl(['get', 'eci', exampleIssuer]),
      /^NAME +READY +REASON +SIGNER +AGE\nmockca-cluster-issuer +True +Checked +mockca +\d+s\n$/,
    );
    assert.match(
      await kubectl(['get', 'eci', exampleIssuer, '-o', 'wide']),
      /^NAME +READY +REASON +MESSAGE +SIGNER +CA-ENDS +AGE\n.* Signs\. .* 2036-01-01T00:00:00Z /,
    );
    assert.match(await kubectl(['get', 'cert-manager']), /externalclusterissuer\.external-issuer\.io\/mockca-cluster-issuer/);
  });

  test('keep conditions apart by their type', async () => {
    const condition = { type: 'Ready', status: 'True' };
    const patch = JSON.stringify({ status: { conditions: [condition, condition] } });
    const args = ['patch', 'eci', exampleIssuer, '--subresource=status', '--type=merge', `--patch=${patch}`];
    assert.match((await plane.kubectl(args)).stderr, /status\.conditions\[1\]: Duplicate value/);
  });

  test('come with examples that are valid', async () => {
    const names: string[] = [];
    // What is for others' APIs, which are not here, is looked at by istio.test.ts and test/unit/docs-integrations.test.ts.
    const exclude = ['examples/istio/**', 'examples/integrations/**'];
    for await (const name of glob('examples/**/*.yaml', { cwd: root, exclude })) names.push(name);
    assert.ok(names.length > 10, names.join());
    namespaceMade = (await plane.kubectl(['create', 'namespace', exampleNamespace])).code === 0;
    const files = names.map((name) => `--filename=${fileURLToPath(new URL(name, root))}`);
    const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', ...files];
    assert.equal((await plane.kubectl(args)).stderr, '');
  });

  const certManager = { namespace: 'cert-manager', name: 'cert-manager' };
  const controller = { namespace: 'external-issuer-system', name: 'external-issuer-controller' };
  const approve = { account: certManager, verb: 'approve', group: 'cert-manager.io', resource: 'signers' };
  const accesses: readonly (readonly [string, boolean, WantedAccess])[] = [
    ['cert-manager approve for ExternalIssuers', true, { ...approve, name: 'externalissuers.external-issuer.io/*' }],
    [
      'cert-manager approve for ExternalClusterIssuers',
      true,
      { ...approve, name: 'externalclusterissuers.external-issuer.io/*' },
    ],
    ['cert-manager approve for the issuers of others', false, { ...approve, name: 'issuers.example.com/*' }],
    ['the controller approve', false, { ...approve, account: controller, name: 'externalissuers.external-issuer.io/*' }],
    [
      'the controller patch a request',
      false,
      { account: controller, verb: 'patch', group: 'cert-manager.io', resource: 'certificaterequests', namespace: 'default' },
    ],
    [
      'the controller read Secrets where cluster issuers have theirs',
      true,
      { account: controller, verb: 'get', group: '', resource: 'secrets', namespace: 'external-issuer-system' },
    ],
    [
      'the controller read Secrets elsewhere',
      false,
      { account: controller, verb: 'get', group: '', resource: 'secrets', namespace: 'default' },
    ],
  ];
  for (const [what, allowed, access] of accesses) {
    test(`${allowed ? 'let' : 'do not let'} ${what}`, async () => {
      assert.equal(await isAllowed(plane.kubectl, access), allowed);
    });
  }
});
