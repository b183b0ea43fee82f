import { lowerAscii } from './patterns.ts';

/** Characters of a DNS name (RFC 1035 section 2.3.4); a longer one is none. */
const longestName = 253;

/**
 * Says of a DNS name whether one of the patterns allows it, whatever the case of their letters, in a time that does not grow with the
 * patterns. `*.` at the beginning of one stands for exactly one label, `**.` for one or more. A wildcard name is many names, so only the
 * same pattern allows it: `*.a.example` allows the name `*.a.example`, and `**.example` no wildcard at all.
 */
export function dnsNameCheck(patterns: readonly string[] = []): (name: string) => boolean {
  const lower = patterns.map(lowerAscii);
  const same = new Set(lower.filter((pattern) => !pattern.startsWith('**.')));
  const oneMore = basesOf(lower, '*.');
  const anyMore = basesOf(lower, '**.');
  return (name) => {
    if (name.length > longestName) return false;
    const asked = lowerAscii(name);
    if (same.has(asked)) return true;
    const labels = asked.split('.');
    if (!labels.every((label) => /^[\w-]+$/.test(label))) return false;
    return labels.some((_, at) => {
      const base = labels.slice(at + 1).join('.');
      return base !== '' && (anyMore.has(base) || (at === 0 && oneMore.has(base)));
    });
  };
}

/** What stands after the stars of the patterns that begin with them. */
function basesOf(patterns: readonly string[], stars: string): ReadonlySet<string> {
  return new Set(patterns.filter((pattern) => pattern.startsWith(stars)).map((pattern) => pattern.slice(stars.length)));
}
