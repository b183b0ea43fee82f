/** A text for people as a sentence, so that another one can follow it. */
export function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
