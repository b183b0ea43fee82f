import { formatDuration } from '../../lib/duration.ts';
import type { TextSink } from '../deps.ts';

/** Tells a person what is waited for. */
export interface Progress {
  /**
   * Says how things are now; the text must be safe for a terminal. A terminal shows it in the place of what was said before, with how
   * long it took so far; elsewhere it is a line of its own where it differs from the one before.
   * @param elapsedMs since the waiting began.
   */
  say(text: string, elapsedMs: number): void;
  /** Nothing more is said: what follows begins on a new line. */
  end(): void;
}

/** The width that a terminal has which does not tell. */
const usualColumns = 80;

/** Progress on that sink, best standard error. */
export function createProgress(sink: TextSink & { readonly columns?: number }): Progress {
  let last: string | undefined;
  let rows = 0;
  if (sink.isTTY !== true) {
    return {
      say(text) {
        if (text !== last) sink.write(`${text}\n`);
        last = text;
      },
      end: () => undefined,
    };
  }
  return {
    say(text, elapsedMs) {
      const shown = elapsedMs < 1000 ? text : `${text} (${formatDuration(elapsedMs - (elapsedMs % 1000))})`;
      // Long text fills several rows: back to the first one, and clear from there.
      const back = rows > 1 ? `\u001B[${rows - 1}A` : '';
      sink.write(`${rows > 0 ? `\r${back}\u001B[J` : ''}${shown}`);
      rows = Math.max(1, Math.ceil(Array.from(shown).length / (sink.columns ?? usualColumns)));
    },
    end() {
      if (rows > 0) sink.write('\n');
      rows = 0;
    },
  };
}
