const deepest = 64;
const mostValues = 20_000;

/**
 * Parses JSON that may be hostile: at most 64 levels and about 20,000 values, which are counted before anything is built. An integer
 * that a number of JavaScript cannot hold stays the text that it is, since it is a serial number or an id.
 * @returns undefined where it is no JSON, or too much of it.
 */
export function parseJson(text: string): unknown {
  if (!isBounded(text)) return undefined;
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepIntegers as Reviver) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

function keepIntegers(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  const isLost = typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source);
  return isLost ? source : value;
}

function isBounded(text: string): boolean {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at);
        break;
      case 0x5b: // [ {
      case 0x7b:
        depth += 1;
        values += 1;
        break;
      case 0x5d: // ] }
      case 0x7d:
        depth -= 1;
        break;
      case 0x2c:
        values += 1;
        break;
      default:
    }
    if (depth > deepest || values > mostValues) return false;
  }
  return true;
}

/** Where the string that begins at `start` has its closing quote; the end of the text where it has none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at;
  }
  return text.length;
}
