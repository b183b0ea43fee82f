/** The values of a placeholder that only a request has. */
export const requestValues = ['csr', 'subject', 'san', 'duration', 'usages', 'isCA', 'request'] as const;

/**
 * The first of `names` that a placeholder in one of the texts of `value` stands for, whatever structure it is; undefined where there
 * is none. A name in quotes counts too: it is better to be asked for nothing than to send an empty value.
 */
export function mentioned(value: unknown, names: readonly string[]): string | undefined {
  const text = JSON.stringify(value) ?? '';
  const places = text.match(/\{\{.*?\}\}|\{%.*?%\}/g) ?? [];
  return names.find((name) => places.some((place) => new RegExp(`(?<![\\w.-])${name}(?![\\w-])`).test(place)));
}
