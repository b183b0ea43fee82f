import { err, ok, type Result } from '../../../lib/result.ts';

/** Structures inside of structures; a document that is nested deeper is refused. */
const deepest = 32;

/**
 * Parses JSON (RFC 8259). Unlike JSON.parse it always says where the text is wrong, and refuses a name that an object has twice.
 * The error is a clause: `line 2, column 5: ...`.
 */
export function parseJsonText(text: string): Result<unknown, string> {
  const reader = new Reader(text);
  try {
    reader.document();
  } catch (error) {
    if (error instanceof Misplaced) return err(`${place(text, reader.at)}: ${error.message}`);
    throw error;
  }
  return ok(JSON.parse(text));
}

/** What is wrong at the place where reading stopped; thrown and caught in this file only. */
class Misplaced extends Error {}

function place(text: string, at: number): string {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

const quoted = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;
const blanks = /[ \t\r\n]*/y;

const noValue = 'a value is expected here: an object, a list, text in double quotes, a number, true, false or null';
const noName = 'a name in double quotes is expected here';
const bare = 'a placeholder must be inside of double quotes';

/** Goes through a text and stops at the first place that is not JSON. */
class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    if (this.at < this.#text.length) throw new Misplaced('there is more text after the end of the JSON value');
  }

  #value(depth: number): void {
    if (depth > deepest) throw new Misplaced(`is nested deeper than ${deepest} levels`);
    this.#take(blanks);
    const first = this.#text[this.at];
    if (first === '{') this.#object(depth);
    else if (first === '[') this.#entries(']', () => this.#value(depth + 1));
    else if (first === '"') this.#quoted();
    else if (this.#take(scalar) === '') throw new Misplaced(noValue);
    this.#take(blanks);
  }

  #object(depth: number): void {
    const names = new Set<unknown>();
    this.#entries('}', () => {
      this.#take(blanks);
      const start = this.at;
      if (this.#text[start] !== '"') throw new Misplaced(this.#text.startsWith('{{', start - 1) ? bare : noName);
      const name: unknown = JSON.parse(this.#quoted());
      if (names.has(name)) {
        this.at = start;
        throw new Misplaced(`the name "${String(name).slice(0, 64)}" is there twice in one object`);
      }
      names.add(name);
      this.#take(blanks);
      if (this.#text[this.at] !== ':') throw new Misplaced('":" is expected here');
      this.at++;
      this.#value(depth + 1);
    });
  }

  /** What is between brackets, with commas between its entries. */
  #entries(close: string, entry: () => void): void {
    this.at++;
    this.#take(blanks);
    if (this.#text[this.at] !== close) entry();
    while (this.#text[this.at] === ',') {
      this.at++;
      entry();
    }
    if (this.#text[this.at] !== close) throw new Misplaced(`"," or "${close}" is expected here`);
    this.at++;
  }

  #quoted(): string {
    const text = this.#take(quoted);
    if (text === '')
      throw new Misplaced('this text in quotes does not end on its line, or holds what JSON writes with a backslash');
    return text;
  }

  /** Takes what a pattern matches here, which may be nothing. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [taken = ''] = pattern.exec(this.#text) ?? [];
    this.at += taken.length;
    return taken;
  }
}
