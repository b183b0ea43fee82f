import { err, ok, type Result } from '../../../lib/result.ts';

const longestToken = 32_768;
/** How long a token is used whose server does not say for how long it is good. */
export const defaultLifetimeMs = 300_000;

/** Checks a token that a server gave; the error is a clause and does not repeat it. */
export function tokenText(value: unknown): Result<string, string> {
  if (value === undefined || value === null || value === '') return err('has no token there');
  if (typeof value !== 'string') return err('has something else than a text there');
  const token = value.trim();
  if (token.length > longestToken) return err(`has a token of more than ${longestToken} characters there`);
  return /^[\x21-\x7e]+$/.test(token)
    ? ok(token)
    : err('has a text there that is no token: blanks, or characters that are not ASCII');
}

/** Seconds as a server writes them, a number or its digits, in milliseconds; undefined where it is neither. */
export function lifetimeOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
