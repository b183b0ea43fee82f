import { err, ok, type Result } from './result.ts';

const unitsInMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The pattern of a duration as text, for schemas; RE2 syntax. */
export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d|w))+$';

/**
 * Reads a duration in Go's notation (`90m`, `2160h0m0s`), to which days (`90d`) and weeks are added.
 * @returns milliseconds, or a message that names the notation expected.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): Result<number, string> {
  if (!new RegExp(durationPattern).test(text)) {
    return err(`"${text.slice(0, 40)}" is not a duration; write it as 30s, 15m, 2160h or 90d`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (unitsInMs[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(total) ? ok(total) : err(`"${text.slice(0, 40)}" is too long a duration`);
}

/** Writes milliseconds as people read them: the two largest units that are not zero (`2h5m`, `90d`, `350ms`). */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = unitsInMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join('');
}
