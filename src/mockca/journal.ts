import { type FileHandle, open } from 'node:fs/promises';

/** One signing: what was signed, when, and for whom. Nothing in it is secret. */
export interface JournalEntry {
  /** RFC 3339. */
  readonly time: string;
  /** Decimal, as `serial_number` in the reply. */
  readonly serial: string;
  /** Lower-case hexadecimal, as openssl and Kubernetes tools show it. */
  readonly serialHex: string;
  /** RFC 4514. */
  readonly subject: string;
  /** As `DNS:a.example`. */
  readonly sans: readonly string[];
  /** The request's `Idempotency-Key` header; null without. */
  readonly idempotencyKey: string | null;
  /** The path that was called. */
  readonly route: string;
  /** The client's IP address. */
  readonly requester: string;
}

/** The record of all signings: the last ones in memory, all of them in a file where one is named. */
export interface Journal {
  /**
   * Resolves when the line is handed to the operating system, so that it is there even if the process is killed next. Rejects where
   * it cannot be written, and then it is not among the last ones either.
   */
  append(entry: JournalEntry): Promise<void>;
  /** The last signings, one line of JSON each. */
  recent(): string;
  close(): Promise<void>;
}

const mostLines = 1000;
const mostCharacters = 4 * 1024 * 1024;

/** Opens the journal; lines are added to a file that is already there. Rejects where the file cannot be written. */
export async function openJournal(file: string | undefined): Promise<Journal> {
  const handle = file === undefined ? undefined : await open(file, 'a+', 0o600);
  const write = handle === undefined ? undefined : lineWriter(handle, await endsInLine(handle));
  const lines: string[] = [];
  let characters = 0;
  return {
    async append(entry) {
      const line = `${JSON.stringify(entry)}\n`;
      await write?.(line);
      lines.push(line);
      characters += line.length;
      while (lines.length > mostLines || characters > mostCharacters) characters -= lines.shift()?.length ?? characters;
    },
    recent: () => lines.join(''),
    async close() {
      await handle?.close();
    },
  };
}

/** Writes lines one after the other; the first after one of which a full disk took only a part begins on a new line. */
function lineWriter(handle: FileHandle, whole: boolean): (line: string) => Promise<void> {
  let isWhole = whole;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (line: string): Promise<void> => {
    const text = isWhole ? line : `\n${line}`;
    isWhole = false;
    await handle.appendFile(text);
    isWhole = true;
  };
  return async (line) => {
    const written = last.then(async () => write(line));
    last = written.catch(() => undefined);
    return written;
  };
}

async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === '\n';
}
