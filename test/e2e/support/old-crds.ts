import { stringify } from 'yaml';
import { issuerKinds } from '../../../src/api/group.ts';

const text = { type: 'string' };
const reference = {
  type: 'object',
  required: ['name'],
  properties: { name: text, namespace: text, key: { ...text, default: 'pki-config.json' } },
};
const spec = {
  type: 'object',
  properties: {
    url: text,
    configMapRef: reference,
    authSecretName: text,
    signerType: { ...text, enum: ['mockca', 'pki'], default: 'mockca' },
  },
};
const condition = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime'],
  properties: {
    type: text,
    status: text,
    reason: text,
    message: text,
    lastTransitionTime: { ...text, format: 'date-time' },
    observedGeneration: { type: 'integer', format: 'int64' },
  },
};
const status = { type: 'object', properties: { conditions: { type: 'array', items: condition } } };

/** The CRDs of the Go controller: the same names, fewer fields, `signerType` with a default, no rules. */
export const oldCrds = issuerKinds
  .map(({ kind, plural, namespaced }) =>
    stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.external-issuer.io` },
      spec: {
        group: 'external-issuer.io',
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        scope: namespaced ? 'Namespaced' : 'Cluster',
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
          },
        ],
      },
    }),
  )
  .join('---\n');
