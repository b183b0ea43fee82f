import type { ReferencedData } from '../../signer.ts';

/**
 * The values of a Secret as text, trimmed: what templates see as `secret.*`. Files and editors leave line ends, blanks and byte
 * order marks that no credential has. Binary values are left out.
 */
export function secretTexts(secret: ReferencedData | undefined): Readonly<Record<string, string>> {
  const texts: [string, string][] = [];
  for (const [key, bytes] of secret?.data ?? []) {
    const text = textOf(bytes);
    if (text !== undefined) texts.push([key, text]);
  }
  return Object.fromEntries(texts);
}

/** Trimmed UTF-8; undefined where the bytes are something else. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text.trim();
  } catch {
    return undefined;
  }
}
