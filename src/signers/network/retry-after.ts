const longestMs = 24 * 3_600_000;
/** The form of HTTP dates (RFC 9110 section 5.6.7); the two that are obsolete are not read. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads `Retry-After` (RFC 9110 section 10.2.3), seconds or a date.
 * @param now milliseconds since the epoch.
 * @returns milliseconds from now, at most a day; undefined where it is absent, in the past or not understood.
 */
export function readRetryAfter(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d{1,10}$/.test(value) ? Number(value) * 1000 : httpDate.test(value) ? Date.parse(value) - now : 0;
  return ms > 0 ? Math.min(ms, longestMs) : undefined;
}
