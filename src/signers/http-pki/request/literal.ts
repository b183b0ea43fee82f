const pieces = /\{\{[^]*?\}\}|\{%[^]*?%\}/g;

/** The written part of a template: an "x" for each placeholder, nothing for a tag. */
export function literalOf(template: string): string {
  return template.replaceAll(pieces, (piece) => (piece.startsWith('{{') ? 'x' : ''));
}

/** Where a character first stands outside of placeholders and tags; -1 where it does not. */
export function indexOutside(template: string, character: string): number {
  const masked = template.replaceAll(pieces, (piece) => ' '.repeat(piece.length));
  return masked.indexOf(character);
}
