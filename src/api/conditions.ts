import * as z from 'zod';
import { printable } from '../lib/printable.ts';

/** The longest message written: it is read in a terminal and repeated in every watch event. The API allows 32768. */
export const longestMessage = 1024;
const maxReason = 128;

/** A condition as the CRDs have it, after metav1.Condition. */
export const conditionSchema = z
  .object({
    type: z.string().min(1).max(316).describe('Name of the condition. An issuer has one, Ready.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
    reason: z.string().max(maxReason).optional().describe('Why, in one word made for programs. Example: Checked.'),
    message: z.string().max(32_768).optional().describe('Why, in words made for people, and what to do about it.'),
    lastTransitionTime: z.iso.datetime().optional().describe('When status last changed, in RFC 3339.'),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe(
        'The metadata.generation the condition is about. Where it is older than the object, the condition is out of date.',
      ),
  })
  .describe('One finding about the object.');

/** A condition of any of the kinds this project reads or writes. */
export type Condition = Readonly<z.infer<typeof conditionSchema>>;

/** What is to be said of an object; the time is found by {@link nextCondition}. */
export interface ConditionUpdate {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** The condition of that type, if the object has one. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of that type is True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The condition to write in the place of the one of its type in `conditions`: `lastTransitionTime` is kept while the
 * status stays; the message is made one line without control characters, and both it and the reason are cut to what an
 * API server takes and a person reads.
 * @param nowMs milliseconds since the epoch.
 */
export function nextCondition(conditions: readonly Condition[] | undefined, update: ConditionUpdate, nowMs: number): Condition {
  const previous = findCondition(conditions, update.type);
  const since = previous?.status === update.status ? previous.lastTransitionTime : undefined;
  return {
    ...update,
    reason: cut(update.reason, maxReason),
    message: cut(oneLine(update.message), longestMessage),
    lastTransitionTime: since ?? timestamp(nowMs),
  };
}

/** A time as Kubernetes writes it in `metav1.Time`: RFC 3339, UTC, whole seconds. */
export function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

/** A text on one line, without control characters: messages quote what others have written: a CA, the keys of a ConfigMap. */
export function oneLine(message: string): string {
  return printable(message.toWellFormed().replaceAll(/\s*[\r\n]\s*/g, ' '));
}

/** At most `max` characters, the last of them an ellipsis where something is cut off; no pair of surrogates is split. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
}
