/** A text for people as a sentence, so that another one can follow it; one that ends with a quotation may end within it. */
export function ended(text: string): string {
  return /[.!?]"?$/.test(text) ? text : `${text}.`;
}
