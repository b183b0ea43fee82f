import { parseFields } from '../lib/fields.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { defaultRetryDelays } from './issuer-fields.ts';
import type { Policy } from './policy-fields.ts';
import { issuerSpecSchema, type IssuerFields, type SignerBlock } from './issuer.ts';

/** A Secret or ConfigMap that an issuer names; `namespace` only where the issuer's author wrote one. */
export interface ObjectRef {
  /** The field it was read from, for messages: `spec.authSecretRef`. */
  readonly field: string;
  readonly name: string;
  readonly namespace?: string;
  readonly key?: string;
}

/** An issuer's spec with aliases resolved, defaults filled in and durations in milliseconds. */
export interface IssuerSettings {
  readonly signerType: string;
  /** Where the signer's configuration is: in the spec, parsed by the signer's schema, or in a ConfigMap. */
  readonly config:
    | { readonly from: 'spec'; readonly value: unknown }
    | { readonly from: 'configMap'; readonly ref: ObjectRef & { readonly key: string } };
  readonly authSecret?: ObjectRef;
  readonly healthCheck: { readonly enabled: boolean; readonly intervalMs: number };
  /** strict: a certificate that differs from the request is refused, though it harms nobody. */
  readonly verify: 'default' | 'strict';
  readonly policy: Policy;
  /** `budgetMs` 0: never give up. */
  readonly retry: { readonly budgetMs: number; readonly minDelayMs: number; readonly maxDelayMs: number };
  readonly rateLimit: {
    readonly rate?: { readonly requests: number; readonly perMs: number; readonly burst: number };
    readonly maxInFlight?: number;
  };
}

/**
 * Reads an issuer's spec. The API server has checked it by the same schema and by CEL; an object stored under an older
 * CRD may have escaped that, so what would be ambiguous is refused here too.
 * @returns the settings, or what is wrong, naming each field.
 */
export function parseIssuerSpec(spec: unknown, signers: readonly SignerBlock[]): Result<IssuerSettings, string> {
  const parsed = parseFields(issuerSpecSchema(signers), spec, 'spec');
  if (!parsed.ok) return err(parsed.error.join('; '));
  const fields = parsed.value;
  const signer = signers.find(({ type }) => type === fields.signerType);
  if (signer === undefined) {
    const known = signers.map(({ type }) => type).join(', ');
    return err(`spec.signerType: "${fields.signerType.slice(0, 64)}" is not a known signer; there are ${known}`);
  }
  const conflict = conflictIn(fields, signer, signers);
  if (conflict !== undefined) return err(conflict);

  const config = configOf(fields, signer);
  if (!config.ok) return config;
  const authSecret = authSecretOf(fields);
  return ok({
    signerType: signer.type,
    config: config.value,
    ...(authSecret === undefined ? {} : { authSecret }),
    healthCheck: { enabled: fields.healthCheck.enabled, intervalMs: fields.healthCheck.interval },
    verify: fields.verify,
    policy: fields.policy,
    retry: retryOf(fields),
    rateLimit: rateLimitOf(fields),
  });
}

function conflictIn(fields: IssuerFields, signer: SignerBlock, signers: readonly SignerBlock[]): string | undefined {
  const foreign = signers.find(({ block }) => block !== signer.block && fields[block] !== undefined);
  if (foreign !== undefined)
    return `spec.${foreign.block}: belongs to signerType ${foreign.type}, but signerType is ${signer.type}`;
  if (fields.configMapRef !== undefined && fields.configRef !== undefined) {
    return 'spec.configRef: is another name of spec.configMapRef; set only one of them';
  }
  if (fields.authSecretRef !== undefined && fields.authSecretName !== undefined) {
    return 'spec.authSecretName: is the short form of spec.authSecretRef; set only one of them';
  }
  const { minDelay = 0, maxDelay = Number.POSITIVE_INFINITY } = fields.retry;
  if (minDelay > maxDelay) return 'spec.retry.maxDelay: must be at least spec.retry.minDelay';
  if (fields.rateLimit !== undefined && fields.rateLimit.requests === undefined) {
    const { per, burst } = fields.rateLimit;
    if (per !== undefined || burst !== undefined) return 'spec.rateLimit.requests: required where per or burst is set';
  }
  return undefined;
}

function configOf(fields: IssuerFields, signer: SignerBlock): Result<IssuerSettings['config'], string> {
  const field = fields.configMapRef === undefined ? 'spec.configRef' : 'spec.configMapRef';
  const ref = fields.configMapRef ?? fields.configRef;
  const block = fields[signer.block];
  if (ref !== undefined) {
    if (block !== undefined) return err(`spec.${signer.block}: the configuration is also in ${field}; set only one of them`);
    return ok({ from: 'configMap', ref: { ...objectRef(field, ref), key: ref.key } });
  }
  if (block !== undefined) return ok({ from: 'spec', value: block });
  const defaults = parseFields(signer.schema, {}, `spec.${signer.block}`);
  if (defaults.ok) return ok({ from: 'spec', value: defaults.value });
  return err(
    `spec.${signer.block}: required, or spec.configMapRef, a ConfigMap with the same fields; signerType is ${signer.type}`,
  );
}

function authSecretOf({ authSecretRef, authSecretName }: IssuerFields): ObjectRef | undefined {
  if (authSecretName !== undefined) return { field: 'spec.authSecretName', name: authSecretName };
  return authSecretRef === undefined ? undefined : objectRef('spec.authSecretRef', authSecretRef);
}

interface WrittenRef {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly key?: string | undefined;
}

function objectRef(field: string, { name, namespace, key }: WrittenRef): ObjectRef {
  return { field, name, ...(namespace === undefined ? {} : { namespace }), ...(key === undefined ? {} : { key }) };
}

/** A default gives way: a maxDelay below the default minDelay lowers it, a minDelay above the default maxDelay raises that. */
function retryOf({ retry: { budget, minDelay, maxDelay } }: IssuerFields): IssuerSettings['retry'] {
  return {
    budgetMs: budget,
    minDelayMs: minDelay ?? Math.min(defaultRetryDelays.minMs, maxDelay ?? Number.POSITIVE_INFINITY),
    maxDelayMs: maxDelay ?? Math.max(defaultRetryDelays.maxMs, minDelay ?? 0),
  };
}

function rateLimitOf({ rateLimit = {} }: IssuerFields): IssuerSettings['rateLimit'] {
  const { requests, per = 1000, burst, maxInFlight } = rateLimit;
  return {
    ...(requests === undefined ? {} : { rate: { requests, perMs: per, burst: burst ?? requests } }),
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
  };
}
