import * as z from 'zod';
import { stringify } from 'yaml';
import { group, issuerKinds, version, type IssuerKindNames } from './group.ts';
import { issuerSpecSchema, issuerStatusSchema, type SignerBlock } from './issuer.ts';
import { structural, type StructuralSchema } from './structural.ts';

/** A CustomResourceDefinition, ready to be written as YAML or sent to an API server. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The CRDs of both issuer kinds for a table of signers. */
export function issuerCrds(signers: readonly SignerBlock[]): readonly CustomResourceDefinition[] {
  const spec = toStructural(issuerSpecSchema(signers), 'spec');
  const status = toStructural(issuerStatusSchema, 'status');
  return issuerKinds.map((names) => issuerCrd(names, spec, status));
}

/** The CRDs as one YAML stream. */
export function crdsYaml(signers: readonly SignerBlock[]): string {
  return issuerCrds(signers)
    .map((crd) => stringify(crd, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 120 }))
    .join('---\n');
}

function toStructural(schema: z.ZodType, path: string): StructuralSchema {
  return structural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' }), path);
}

function issuerCrd(names: IssuerKindNames, spec: StructuralSchema, status: StructuralSchema): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}`, labels: { 'app.kubernetes.io/name': 'external-issuer' } },
    spec: {
      group,
      scope: names.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.singular,
        shortNames: [names.shortName],
        categories: ['cert-manager'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: objectSchema(names, spec, status) },
        },
      ],
    },
  };
}

function objectSchema(names: IssuerKindNames, spec: StructuralSchema, status: StructuralSchema): StructuralSchema {
  const scope = names.namespaced
    ? `An ${names.kind} signs the CertificateRequests of its own namespace that name it`
    : `An ${names.kind} signs the CertificateRequests of every namespace that name it`;
  return {
    type: 'object',
    description: `${scope} in issuerRef (group ${group}, kind ${names.kind}), once they are approved.`,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `Group and version of this kind: ${group}/${version}.` },
      kind: { type: 'string', description: `${names.kind}.` },
      metadata: { type: 'object' },
      spec,
      status,
    },
  };
}

const readyCondition = '.status.conditions[?(@.type=="Ready")]';

const columns = [
  { name: 'Ready', type: 'string', jsonPath: `${readyCondition}.status`, description: 'Whether requests are signed.' },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: `${readyCondition}.reason`,
    description: 'What the last check found, in a word.',
  },
  {
    name: 'Message',
    type: 'string',
    jsonPath: `${readyCondition}.message`,
    description: 'What the last check found.',
    priority: 1,
  },
  { name: 'Signer', type: 'string', jsonPath: '.spec.signerType', description: 'What signs.' },
  {
    name: 'CA-Ends',
    type: 'string',
    jsonPath: '.status.ca.notAfter',
    description: 'When the CA certificate ends.',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since the issuer was created.' },
];
