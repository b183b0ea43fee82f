/** A moment in words, to the second (RFC 3339, UTC): `2027-11-22T10:00:00Z`. @param ms milliseconds since the epoch. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.[0-9]+Z$/, 'Z');
}
