import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { crdsYaml, issuerCrds } from '../../../src/api/crd.ts';
import type { StructuralSchema } from '../../../src/api/structural.ts';
import { paperSigner, sampleSigners } from './support/sample-signers.ts';

interface Version {
  readonly name: string;
  readonly subresources: object;
  readonly additionalPrinterColumns: readonly { readonly name: string; readonly priority?: number }[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

interface Rule {
  readonly rule: string;
  readonly message: string;
}

function versionsOf(signers = sampleSigners): readonly Version[] {
  return issuerCrds(signers).flatMap(({ spec }) => spec.versions as readonly Version[]);
}

interface Spec extends StructuralSchema {
  readonly properties: Readonly<Record<string, StructuralSchema>>;
}

function specOf(signers = sampleSigners): Spec {
  const [version] = versionsOf(signers);
  assert.ok(version);
  return (version.schema.openAPIV3Schema.properties as { readonly spec: Spec }).spec;
}

describe('the CRDs', () => {
  test('have the names and scopes that users and their tools know', () => {
    assert.deepEqual(
      issuerCrds(sampleSigners).map(({ metadata, spec }) => [
        metadata.name,
        spec.scope,
        (spec.names as { shortNames: string[] }).shortNames,
      ]),
      [
        ['externalissuers.external-issuer.io', 'Namespaced', ['ei']],
        ['externalclusterissuers.external-issuer.io', 'Cluster', ['eci']],
      ],
    );
  });

  test('have one version each with a status of its own and the columns, Message and CA-Ends only when asked for', () => {
    for (const version of versionsOf()) {
      assert.equal(version.name, 'v1alpha1');
      assert.deepEqual(version.subresources, { status: {} });
      assert.deepEqual(
        version.additionalPrinterColumns.map(({ name, priority }) => `${name} ${priority ?? 0}`),
        ['Ready 0', 'Reason 0', 'Message 1', 'Signer 0', 'CA-Ends 1', 'Age 0'],
      );
    }
  });

  test('take the signer types, the blocks and their descriptions from the table of signers', () => {
    const { signerType, paper, waxSeal } = specOf().properties;
    assert.deepEqual(signerType?.enum, ['paper', 'wax']);
    assert.equal(signerType?.description, 'What signs the requests. paper: Signs on paper. wax: Seals with wax.');
    assert.equal(paper?.description, 'Configuration of signerType paper.');
    assert.deepEqual(waxSeal?.required, ['grams']);
  });

  test('leave a signer out that is not in the table', () => {
    const { signerType, waxSeal } = specOf([paperSigner]).properties;
    assert.deepEqual(signerType?.enum, ['paper']);
    assert.equal(waxSeal, undefined);
  });

  test("apply a signer's rules to its own issuers only", () => {
    const rules = specOf()['x-kubernetes-validations'] as readonly Rule[];
    const own = rules.find(({ message }) => message === 'paper needs no credentials');
    assert.deepEqual(own, {
      rule: "self.signerType != 'paper' || (!has(self.authSecretRef))",
      message: 'paper needs no credentials',
      fieldPath: '.authSecretRef',
    });
    assert.ok(rules.some(({ rule }) => rule === "!has(self.waxSeal) || self.signerType == 'wax'"));
  });

  test('write no default into stored objects', () => {
    assert.doesNotMatch(crdsYaml(sampleSigners), /^\s*default:/m);
  });

  test('are one YAML stream without anchors', () => {
    const text = crdsYaml(sampleSigners);
    assert.doesNotMatch(text, /[&*][a-z]\d/);
    const documents = parseAllDocuments(text);
    assert.deepEqual(
      documents.map((document) => document.toJS()),
      issuerCrds(sampleSigners).map((crd) => JSON.parse(JSON.stringify(crd))),
    );
  });
});
