/**
 * Whether a text is what a pattern says, in which `*` stands for any characters, none included. In linear time for each `*`: each part
 * between two of them is taken where it is found first, which is as good as any later place.
 */
function matchesGlob(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Whether one of the patterns is for the text; a list that is not set has none. */
export function matchesSome(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns?.some((pattern) => matchesGlob(pattern, text)) ?? false;
}

/**
 * Whether a DNS name is allowed by a pattern, whatever the case of their letters. `*.` at its beginning stands for exactly one label, `**.`
 * for one or more. A wildcard name is many names, so only the same pattern allows it: `*.a.example` allows the name `*.a.example`,
 * and `**.example` no wildcard at all.
 */
export function matchesDnsName(pattern: string, name: string): boolean {
  const [wanted, asked] = [lowerAscii(pattern), lowerAscii(name)];
  if (wanted === asked) return !asked.startsWith('**');
  if (asked.includes('*')) return false;
  const [, stars = '', base = ''] = /^(\*{1,2})(\..+)$/.exec(wanted) ?? [];
  if (stars === '' || !asked.endsWith(base)) return false;
  const labels = asked.slice(0, -base.length).split('.');
  return labels.every((label) => /^[\w-]+$/.test(label)) && (stars === '**' || labels.length === 1);
}

/** Mailboxes differ by case, their domains do not; `*` stands for any characters but `@`. An address that lacks one is of no pattern. */
export function matchesEmail(pattern: string, address: string): boolean {
  const [wanted, asked] = [split(pattern), split(address)];
  if (wanted === undefined || asked === undefined) return false;
  return matchesGlob(wanted.mailbox, asked.mailbox) && matchesGlob(lowerAscii(wanted.domain), lowerAscii(asked.domain));
}

function split(address: string): { readonly mailbox: string; readonly domain: string } | undefined {
  const [mailbox, domain, ...more] = address.split('@');
  return !mailbox || !domain || more.length > 0 ? undefined : { mailbox, domain };
}

/** ASCII letters in lower case, and no others: U+212A, which looks like a K, would turn into a k. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Whether a URI is one of a prefix: the prefix itself, or what goes on after a slash. A URI with dot segments, which could lead out of the
 * prefix again, with a backslash, white space, or what is percent-encoded to become a slash or a dot later, is of no prefix.
 */
export function hasUriPrefix(prefix: string, uri: string): boolean {
  if (uri === prefix) return true;
  if (!/^[!-[\]-~]+$/.test(uri) || /%2f|%5c|%25/i.test(uri) || /\/(\.|%2e){1,2}($|[/?#;])/i.test(uri)) return false;
  return uri.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
