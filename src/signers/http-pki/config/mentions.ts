import { templateTexts, type Scope } from './template-texts.ts';
import type { PkiConfig } from '../schema/schema.ts';

/** The values of a placeholder that only a request has. */
export const requestValues = ['csr', 'subject', 'san', 'duration', 'usages', 'isCA', 'request'] as const;

/**
 * Whether a template of the configuration uses one of the values that have these names. A name that is only known when the template is
 * rendered counts as one of them.
 * @param scopes only templates that are a part of these.
 */
export function mentioned(config: PkiConfig, names: readonly string[], scopes?: readonly Scope[]): boolean {
  const isNamed = (root: string | undefined): boolean => root === undefined || names.includes(root);
  return templateTexts(config, scopes).some(({ uses }) => uses.some(([root]) => isNamed(root)));
}
