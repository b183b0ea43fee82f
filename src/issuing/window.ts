/** What came of a request at a CA, as far as its speed is concerned. */
export type Answer = 'timeout' | 'answered';

/**
 * How often the number of requests that may be with a CA is halved: once more for each that was not answered in time, down to one
 * request, and once less for each that was. So a CA that hangs keeps few workers waiting, and one that works again soon has all.
 * @param most requests that the issuer allows at once.
 */
export function halvingsAfter(answer: Answer, halvings: number, most: number): number {
  if (answer === 'answered') return Math.max(0, halvings - 1);
  return windowOf(most, halvings) > 1 ? halvings + 1 : halvings;
}

/** The requests that may be with a CA at once after so many halvings. */
export function windowOf(most: number, halvings: number): number {
  return Math.max(1, Math.floor(most / 2 ** halvings));
}
