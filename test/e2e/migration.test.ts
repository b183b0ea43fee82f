import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { eventually } from './support/eventually.ts';
import { oldCrds } from './support/old-crds.ts';
import { onGivenCluster, watchSuite } from './support/suite.ts';
import { openWorld, type World } from './support/world.ts';

const file = (path: string): string => `--filename=${fileURLToPath(new URL(`../../${path}`, import.meta.url))}`;
const old = (name: string): string => file(`test/migration/${name}.yaml`);
const crdNames = ['externalissuers.external-issuer.io', 'externalclusterissuers.external-issuer.io'];
const certificate = file('examples/certificate.yaml');

/** What docs/migration.md says of the cluster, with objects that the Go controller has left there. */
describe('from the Go controller', { skip: onGivenCluster('its CRDs would be deleted') }, () => {
  const suiteEnd = watchSuite();
  let world: World;
  const kubectl = async (...args: readonly string[]): Promise<string> => await mustKubectl(world.plane.kubectl, args);
  const ready = async (...issuer: readonly string[]): Promise<string> =>
    await kubectl(
      'get',
      ...issuer,
      '--output=jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.reason}: {.message}{end}',
    );

  before(async () => {
    world = await openWorld();
    // A cluster with the old CRDs, applied as people do, and with what was made under them.
    await kubectl('delete', 'customresourcedefinitions', ...crdNames);
    await mustKubectl(world.plane.kubectl, ['apply', '--filename=-'], oldCrds);
    await kubectl('wait', '--for=condition=Established', '--timeout=30s', 'customresourcedefinitions', ...crdNames);
    await kubectl('create', 'namespace', 'team-a');
    await kubectl('apply', old('issuer-mockca'), old('issuer-mockca-by-default'), old('issuer-foreign-namespace'));
    await kubectl('apply', certificate);
  });
  after(async () => await world.close(suiteEnd()));

  test('a request that it gave up without an end is signed, once the new CRDs are applied and the new controller runs', async () => {
    const request = await eventually('cert-manager makes a request', async () => {
      const names = await kubectl('get', 'certificaterequests', '--namespace=default', '--output=name');
      return names.trim() === '' ? undefined : names.trim();
    });
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'SigningFailed', message: 'x', lastTransitionTime: new Date().toISOString() },
    ];
    const approved = await eventually('it is approved', async () => {
      const found = JSON.parse(
        (await kubectl('get', request, '--namespace=default', '--output=jsonpath={.status.conditions}')) || '[]',
      ) as readonly {
        readonly type: string;
      }[];
      return found.some(({ type }) => type === 'Approved') ? found : undefined;
    });
    const patch = JSON.stringify({ status: { conditions: [...approved, ...conditions] } });
    await kubectl('patch', request, '--namespace=default', '--subresource=status', '--type=merge', `--patch=${patch}`);

    const { code, stderr } = await world.plane.kubectl(['apply', '--server-side', file('deploy/crds.yaml')]);
    assert.equal(code, 0, stderr);
    await world.startController();
    await kubectl('wait', 'certificate/example', '--namespace=default', '--for=condition=Ready', '--timeout=60s');
  });

  test('an issuer without signerType is stored with the one that the old CRD filled in, and works', async () => {
    assert.match(await ready('externalissuer', 'tests', '--namespace=team-a'), /^True Checked: /);
    assert.equal(
      await kubectl('get', 'externalissuer', 'tests', '--namespace=team-a', '--output=jsonpath={.spec.signerType}'),
      'mockca',
    );
  });

  test('an issuer that is refused now stays, and says why', async () => {
    assert.match(
      await ready('externalissuer', 'pki', '--namespace=team-a'),
      /^False Failed: ConfigError: spec\.configMapRef\.namespace: is "external-issuer-system", but .* remove the field/,
    );
  });

  test('a manifest without signerType, and one with url, are not taken any more', async () => {
    const absent = await world.plane.kubectl(['replace', old('issuer-mockca-by-default')]);
    assert.match(absent.stderr, /spec\.signerType: Required value/);
    const unknown = await world.plane.kubectl(['apply', old('issuer-mockca-with-url')]);
    assert.match(unknown.stderr, /unknown field "spec\.url"/);
  });

  test('the old CRDs can be put back, and no issuer is lost', async () => {
    await mustKubectl(world.plane.kubectl, ['replace', '--filename=-'], oldCrds);
    const names = await kubectl('get', 'externalissuers,externalclusterissuers', '--all-namespaces', '--output=name');
    assert.equal(names.trim().split('\n').length, 3);
  });
});
