/** A text in bytes, read in some way, and which characters of the text as it was written each byte comes from. */
export interface TextView {
  readonly bytes: Uint8Array;
  /** The first UTF-16 unit that a byte comes from, and the one after the last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Stands where what is read begins anew: no byte of UTF-8. */
export const gap = 0xff;

/** Fills a view. */
export interface ViewBuilder {
  push(byte: number, start: number, end: number): void;
  /** A code point, in UTF-8; half of a surrogate pair becomes U+FFFD. */
  pushPoint(point: number, start: number, end: number): void;
  build(): TextView;
}

/** @param most bytes that it holds at most. */
export function createViewBuilder(most: number): ViewBuilder {
  const bytes = new Uint8Array(most);
  const starts = new Int32Array(most);
  const ends = new Int32Array(most);
  let size = 0;
  const push = (byte: number, start: number, end: number): void => {
    bytes[size] = byte;
    starts[size] = start;
    ends[size] = end;
    size += 1;
  };
  return {
    push,
    pushPoint(given, start, end) {
      const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
      if (point < 0x80) return push(point, start, end);
      if (point < 0x800) push(0xc0 | (point >> 6), start, end);
      else {
        if (point < 0x10000) push(0xe0 | (point >> 12), start, end);
        else {
          push(0xf0 | (point >> 18), start, end);
          push(0x80 | ((point >> 12) & 0x3f), start, end);
        }
        push(0x80 | ((point >> 6) & 0x3f), start, end);
      }
      return push(0x80 | (point & 0x3f), start, end);
    },
    build: () => ({ bytes: bytes.subarray(0, size), starts: starts.subarray(0, size), ends: ends.subarray(0, size) }),
  };
}

/** A text as it is written, in UTF-8. */
export function viewOf(text: string): TextView {
  const view = createViewBuilder(text.length * 3);
  for (let at = 0; at < text.length;) {
    const point = text.codePointAt(at) ?? 0;
    const end = at + (point > 0xffff ? 2 : 1);
    view.pushPoint(point, at, end);
    at = end;
  }
  return view.build();
}
