import * as z from 'zod';
import type { KubeObject } from '../kube/resource.ts';
import { caStatusFields, type CaStatus } from './ca-status.ts';
import { conditionSchema, type Condition } from './conditions.ts';
import { withRules, type SpecRule } from './field-types.ts';
import { commonFields } from './issuer-fields.ts';

/** What the issuer kinds need to know of a signer; src/signers/definition.ts has the rest. */
export interface SignerBlock {
  /** The value of `spec.signerType`. */
  readonly type: string;
  /** The name of the signer's own block in `spec`. */
  readonly block: string;
  /** One line for `kubectl explain`: what the signer signs with. */
  readonly description: string;
  readonly schema: z.ZodObject;
  /** Rules over `spec`, applied where `signerType` is this signer's. */
  readonly rules: readonly SpecRule[];
}

type SpecSchema = z.ZodObject<typeof commonFields & { signerType: z.ZodString }, z.core.$loose>;

/** An issuer's spec as the API server holds it. The signers' blocks are in it under their names. */
export type IssuerSpec = Readonly<z.input<SpecSchema>>;

/** An issuer's spec once parsed: durations in milliseconds, defaults filled in, blocks read by their signer's schema. */
export type IssuerFields = Readonly<z.output<SpecSchema>>;

/** An ExternalIssuer or an ExternalClusterIssuer. */
export interface Issuer extends KubeObject {
  readonly spec: IssuerSpec;
  readonly status?: Partial<CaStatus> & { readonly conditions?: readonly Condition[] };
}

/** The status of an issuer. */
export const issuerStatusSchema = z
  .object({
    conditions: z
      .array(conditionSchema)
      .max(16)
      .describe('What was found at the last check. Ready says whether requests are signed.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .optional(),
    ...caStatusFields,
  })
  .describe('What the controller found. Written by the controller only.');

/**
 * The schema of `spec` for a table of signers, which gives the values of `signerType`, a block each, and rules. The
 * CRDs are made from it, and parseIssuerSpec (issuer-settings.ts) reads by it.
 */
export function issuerSpecSchema(signers: readonly SignerBlock[]): z.ZodType<IssuerFields, IssuerSpec> {
  const types = signers.map(({ type, description }) => `${type}: ${description.replace(/\.$/, '')}.`).join(' ');
  const blocks = Object.fromEntries(signers.map((signer) => [signer.block, blockSchema(signer)]));
  const signerType = z.enum(signers.map(({ type }) => type)).describe(`What signs the requests. ${types}`);
  const schema: z.ZodType<IssuerFields, IssuerSpec> = z
    .object({ signerType, ...blocks, ...commonFields })
    .describe('What signs the requests that name this issuer, and how.');
  return withRules(schema, [...aliasRules, ...signers.flatMap(rulesOf)]);
}

function blockSchema({ schema, type }: SignerBlock): z.ZodOptional<z.ZodObject> {
  return schema.describe(schema.description ?? `Configuration of signerType ${type}.`).optional();
}

const aliasRules: readonly SpecRule[] = [
  {
    rule: '!(has(self.configMapRef) && has(self.configRef))',
    message: 'configRef is another name of configMapRef: set only one of them',
    fieldPath: '.configRef',
  },
  {
    rule: '!(has(self.authSecretRef) && has(self.authSecretName))',
    message: 'authSecretName is the short form of authSecretRef: set only one of them',
    fieldPath: '.authSecretName',
  },
];

function rulesOf({ type, block, rules }: SignerBlock): readonly SpecRule[] {
  return [
    {
      rule: `!has(self.${block}) || self.signerType == '${type}'`,
      message: `${block} belongs to signerType ${type}: remove it, or set signerType to ${type}`,
      fieldPath: `.${block}`,
    },
    {
      rule: `!has(self.${block}) || !(has(self.configMapRef) || has(self.configRef))`,
      message: `the configuration is either in ${block} or in the ConfigMap that configMapRef names: set only one of them`,
      fieldPath: `.${block}`,
    },
    ...rules.map((rule) => ({ ...rule, rule: `self.signerType != '${type}' || (${rule.rule})` })),
  ];
}
