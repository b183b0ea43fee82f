/** A text for people as a sentence, so that another one can follow it; one that ends with a quotation may end within it. */
export function ended(text: string): string {
  return /[.!?]"?$/.test(text) ? text : `${text}.`;
}

/** A clause as a sentence of its own; what it begins with keeps its small letter where that is no word: a field, an id. */
export function sentence(clause: string): string {
  return ended(clause.replace(/^[a-z]+(?=[ ,;]|[.:](?: |$))/, (word) => word.charAt(0).toUpperCase() + word.slice(1)));
}
