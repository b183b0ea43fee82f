import * as z from 'zod';
import { durationPattern, formatDuration, parseDuration } from '../lib/duration.ts';

/** A rule the API server checks when an object is written, in CEL, with `self` the value it stands at. */
export interface SpecRule {
  readonly rule: string;
  /** Says what is wrong and what to write instead. */
  readonly message: string;
  /** The field to blame, from where the rule stands: `.authSecretRef.key`. */
  readonly fieldPath?: string;
}

/** Puts CEL rules into a schema's metadata, where the CRD takes them from. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly SpecRule[]): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': rules });
}

/** What a duration field is and may be; the bounds are written as a user would write them. */
export interface DurationField {
  readonly description: string;
  readonly min: string;
  readonly max?: string;
}

/**
 * A duration: text in the schema, milliseconds once parsed. The bounds are checked by the API server too, but for
 * days and weeks, which CEL does not know.
 */
export function durationField({ description, min, max }: DurationField): z.ZodType<number, string> {
  const least = milliseconds(min);
  const most = max === undefined ? Number.POSITIVE_INFINITY : milliseconds(max);
  const bounds = max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
  const schema = z
    .string()
    .max(32)
    .regex(new RegExp(durationPattern), 'is not a duration; write it as 30s, 15m, 2160h or 90d')
    .transform((text, context) => {
      const parsed = parseDuration(text);
      if (parsed.ok && parsed.value >= least && parsed.value <= most) return parsed.value;
      const message = parsed.ok ? `must be ${bounds}, not ${formatDuration(parsed.value)}` : parsed.error;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .describe(description);
  const bound = [
    ...(least > 0 ? [`duration(self) >= duration('${min}')`] : []),
    ...(max === undefined ? [] : [`duration(self) <= duration('${max}')`]),
  ];
  if (bound.length === 0) return schema;
  return withRules(schema, [{ rule: `self.matches('[dw]') || (${bound.join(' && ')})`, message: `must be ${bounds}` }]);
}

function milliseconds(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/**
 * The name of a Secret or ConfigMap.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function objectNameField(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is not the name of an object: lower-case letters, digits, "-" and "."')
    .describe(description);
}

/** The name of a namespace, RFC 1123 label. */
export function namespaceField(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is not the name of a namespace: lower-case letters, digits and "-"')
    .describe(description);
}

/** A key in the data of a Secret or ConfigMap. */
export function dataKeyField(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/, 'is not a key of a Secret or ConfigMap: letters, digits, "-", "_" and "."')
    .describe(description);
}
