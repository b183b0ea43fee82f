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
 * Says of an email address whether one of the patterns is for it. Mailboxes differ by case, their domains do not; `*` stands for any
 * characters but `@`. An address that lacks one of the two is of no pattern.
 */
export function emailCheck(patterns: readonly string[] = []): (address: string) => boolean {
  const wanted = patterns.map(split).filter((parts) => parts !== undefined);
  return (address) => {
    const asked = split(address);
    if (asked === undefined) return false;
    return wanted.some(({ mailbox, domain }) => matchesGlob(mailbox, asked.mailbox) && matchesGlob(domain, asked.domain));
  };
}

function split(address: string): { readonly mailbox: string; readonly domain: string } | undefined {
  const [mailbox, domain, ...more] = address.split('@');
  return !mailbox || !domain || more.length > 0 ? undefined : { mailbox, domain: lowerAscii(domain) };
}

/** ASCII letters in lower case, and no others: U+212A, which looks like a K, would turn into a k. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Says of a URI whether it is one of the prefixes, or what goes on after a slash. A URI with dot segments, which could lead out of the
 * prefix again, with a backslash, white space, or what is percent-encoded to become a slash or a dot later, goes on from none.
 */
export function uriCheck(prefixes: readonly string[] = []): (uri: string) => boolean {
  const beginnings = new Set(prefixes.map((prefix) => (prefix.endsWith('/') ? prefix : `${prefix}/`)));
  const longest = Math.max(0, ...Array.from(beginnings, ({ length }) => length));
  return (uri) => {
    if (prefixes.includes(uri)) return true;
    if (!/^[!-[\]-~]+$/.test(uri) || /%2f|%5c|%25/i.test(uri) || /\/(\.|%2e){1,2}($|[/?#;])/i.test(uri)) return false;
    return Array.from(uri.slice(0, longest).matchAll(/\//g)).some(({ index }) => beginnings.has(uri.slice(0, index + 1)));
  };
}
