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
  if (!new RegExp(durationPattern).test(text)) return err(notADuration(text));
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (unitsInMs[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(total) ? ok(total) : err(tooLong(text));
}

const goUnitsInMs: Readonly<Record<string, number>> = { ...unitsInMs, ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3 };
const goAmount = String.raw`([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w)`;
const goDuration = new RegExp(`^([+-]?)((?:${goAmount})+|0)$`);

/**
 * Reads a duration in all of Go's notation (`.5h`, `+1h`, `-1h`, `100us`, `0`), as it stands in an object that others
 * write; days and weeks as {@link parseDuration}.
 * @returns milliseconds, which may be negative, or a message that names the notation expected.
 */
export function parseGoDuration(text: string): Result<number, string> {
  const [, sign, amounts = ''] = goDuration.exec(text) ?? [];
  if (sign === undefined) return err(notADuration(text));
  let total = 0;
  for (const [, amount, unit = ''] of amounts.matchAll(new RegExp(goAmount, 'g'))) {
    total += Number(amount) * (goUnitsInMs[unit] ?? Number.NaN);
  }
  if (!Number.isFinite(total)) return err(tooLong(text));
  return ok(sign === '-' ? -total : total);
}

function notADuration(text: string): string {
  return `"${text.slice(0, 40)}" is not a duration; write it as 30s, 15m, 2160h or 90d`;
}

function tooLong(text: string): string {
  return `"${text.slice(0, 40)}" is too long a duration`;
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
