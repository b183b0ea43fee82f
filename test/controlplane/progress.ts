import { formatDuration } from '../../src/lib/duration.ts';

/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Shows what a long action is at, with the time it has taken. */
export interface Progress {
  /** Replaces what is shown. */
  at(what: string): void;
  /** Shows a last line, which stays. */
  end(what: string): void;
}

/**
 * Shows progress on one line that is rewritten every second on a terminal, else as a line every 15 s and at each new
 * phase (the part of the text before its first digit).
 */
export function createProgress(stream: ProgressStream, label: string): Progress {
  const started = performance.now();
  let current = '';
  let phase: string | undefined;
  const line = () => `${label}: ${current} (${formatDuration(Math.floor((performance.now() - started) / 1000) * 1000)})`;
  const show = () => {
    if (stream.isTTY) stream.write(`\r\x1b[K${line().slice(0, (stream.columns || 80) - 1)}`);
    else stream.write(`${line()}\n`);
  };
  const timer = setInterval(show, stream.isTTY ? 1000 : 15_000).unref();
  return {
    at(what) {
      current = what;
      const next = what.split(/\d/, 1)[0];
      if (next !== phase) show();
      phase = next;
    },
    end(what) {
      clearInterval(timer);
      current = what;
      stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}${line()}\n`);
    },
  };
}
