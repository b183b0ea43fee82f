/**
 * Text from elsewhere made safe for a terminal and for one line: control characters and the marks that turn the direction of
 * writing become `\u001b` and the like.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
