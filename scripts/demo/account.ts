import { styleText } from 'node:util';

/** Where the account goes; `process.stdout` is one. */
export interface AccountStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** A step did not succeed; `cause` says why. */
export class StepError extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(`step "${step}" failed`, { cause });
    this.name = 'StepError';
    this.step = step;
  }
}

/** What the demo tells, in the order of its steps. */
export interface Account {
  heading(text: string): void;
  /** A paragraph, printed as it is. */
  say(text: string): void;
  /**
   * Runs an action and tells, when it is done, what it was, `detail` and how long it took.
   * @throws StepError when the action fails; the reason of the signal when that is aborted first.
   */
  step<T>(what: string, action: () => Promise<T>, detail?: (value: T) => string): Promise<T>;
  bold(text: string): string;
  dim(text: string): string;
}

const indent = '  ';
const width = 96;
const textWidth = width - 12;

/** Writes the account to a stream, in colours where that is a terminal which wants them. */
export function createAccount(stream: AccountStream, signal: AbortSignal): Account {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream });
  const line = (text: string): void => void stream.write(`${text}\n`);
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });

  return {
    heading: (text) => line(`\n${paint('bold', text)}`),
    say: (text) => line(text),
    bold: (text) => paint('bold', text),
    dim: (text) => paint('dim', text),
    async step(what, action, detail = () => '') {
      signal.throwIfAborted();
      const started = performance.now();
      if (stream.isTTY) stream.write(`${indent}… ${what}`);
      const clear = stream.isTTY ? '\r\x1b[K' : '';
      try {
        const value = await Promise.race([action(), aborted.promise]);
        const note = detail(value);
        const text = note === '' ? what : `${what}: ${note}`;
        const taken = paint('dim', secondsText(performance.now() - started));
        line(`${clear}${indent}${paint('green', '✓')} ${text.padEnd(textWidth)} ${taken}`);
        return value;
      } catch (error) {
        if (signal.aborted) stream.write(clear);
        else line(`${clear}${indent}${paint('red', '✗')} ${what}`);
        signal.throwIfAborted();
        throw new StepError(what, error);
      }
    },
  };
}

/** Breaks a text at its spaces into lines of at most 96 characters, indented. */
export function wrapText(text: string, margin: string): string {
  const lines: string[] = [];
  let current = margin;
  for (const word of text.split(' ')) {
    if (current !== margin && current.length + 1 + word.length > width) {
      lines.push(current);
      current = margin;
    }
    current += current === margin ? word : ` ${word}`;
  }
  return [...lines, current].join('\n');
}

/** Milliseconds as seconds with one decimal, in a width of 6. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(6);
}
