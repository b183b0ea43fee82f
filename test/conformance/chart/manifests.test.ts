import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { renderManifests } from '../../../scripts/render/manifests.ts';
import { readEnvironment } from '../../controlplane/environment.ts';
import { helmProgram } from '../../tools/helm.ts';
import { find, objectsIn, render, type Rendered } from './support/helm.ts';

async function deployed(name: string): Promise<string> {
  return await readFile(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');
}

function namesOf(objects: readonly Rendered[]): readonly string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`).toSorted();
}

/** What both say of a role, a policy or a binding. */
function rightsOf({ kind, metadata, rules, subjects, roleRef, spec }: Rendered & Readonly<Record<string, unknown>>): unknown {
  return { kind, name: metadata.name, namespace: metadata.namespace, rules, subjects, roleRef, spec };
}

describe('the manifests in deploy/', () => {
  let rendered: Readonly<Record<string, string>>;
  before(async () => {
    rendered = await renderManifests(await helmProgram(4, readEnvironment(), process.stderr));
  });

  for (const name of ['install.yaml', 'approver.yaml']) {
    test(`${name} is what the chart renders: run "make render"`, async () => {
      assert.equal(await deployed(name), rendered[`deploy/${name}`]);
    });
  }

  test('say nothing of Helm, and where the image is to be put', async () => {
    const install = await deployed('install.yaml');
    assert.doesNotMatch(install, /helm\.sh|managed-by|\bhook\b/);
    const images = [...install.matchAll(/image: (.*)/g)].map(([, image]) => image);
    assert.deepEqual(images, ['REGISTRY/external-issuer:0.1.0']);
  });

  test('have the CRDs of deploy/crds.yaml, and the rights of deploy/rbac.yaml', async () => {
    const install = objectsIn(await deployed('install.yaml'));
    for (const crd of objectsIn(await deployed('crds.yaml'))) {
      const same = find(install, 'CustomResourceDefinition', crd.metadata.name);
      assert.deepEqual(same['spec'], crd['spec'], crd.metadata.name);
    }
    const rbac = objectsIn(await deployed('rbac.yaml'));
    const isRight = ({ kind }: Rendered): boolean => /Role|ValidatingAdmission/.test(kind);
    assert.deepEqual(namesOf(install.filter(isRight)), namesOf(rbac.filter(isRight)));
    for (const right of rbac.filter(isRight)) {
      const same = install.find(({ kind, metadata }) => kind === right.kind && metadata.name === right.metadata.name);
      assert.deepEqual(rightsOf(same ?? assert.fail(right.metadata.name)), rightsOf(right), right.metadata.name);
    }
  });

  test('of the approver are those of the chart beside the controller', async () => {
    const approver = objectsIn(await deployed('approver.yaml'));
    const [without, having] = await Promise.all([
      render({ approver: { type: 'none' } }),
      render({ approver: { type: 'built-in' } }),
    ]);
    const others = new Set(namesOf(without));
    assert.deepEqual(
      namesOf(approver),
      namesOf(having).filter((name) => !others.has(name)),
    );
  });

  test('are a base of kustomize that has no other file', async () => {
    assert.match(await deployed('kustomization.yaml'), /^resources:\n {2}- install\.yaml\n$/m);
  });
});
