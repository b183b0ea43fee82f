import type { ConfigProblem } from '../../signer.ts';
import { ok, type Result } from '../../../lib/result.ts';
import type { AuthInput } from './input.ts';
import { readText } from './secret-keys.ts';

const placeholder = /\{\{(.*?)\}\}/gs;
const use = /\bsecret(?:\.([\w-]+)|\[\s*(?:"([^"]+)"|'([^']+)')\s*\])/g;

/**
 * Finds the keys of the Secret that templates use without a default; each must be there, so that a credential that lacks one is
 * known before the first request.
 */
export function requireSecretKeys(written: unknown, input: AuthInput, field: string): Result<void, ConfigProblem> {
  for (const text of textsIn(written)) {
    for (const [, inside = ''] of text.matchAll(placeholder)) {
      if (/\|\s*(?:default|optional)\b/.test(inside)) continue;
      for (const [, ...names] of inside.matchAll(use)) {
        const key = names.find((name) => name !== undefined);
        const value = key === undefined ? undefined : readText(input, [key], `the template in ${field}`);
        if (value?.ok === false) return value;
      }
    }
  }
  return ok(undefined);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
