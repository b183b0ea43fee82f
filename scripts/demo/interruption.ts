import { constants } from 'node:os';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C and its like. */
export interface Interruption {
  /** Aborted at the first of them; from then on one more ends the process at once. */
  readonly signal: AbortSignal;
  /** The exit code that tells of the signal, as shells do: 130 for Ctrl-C. */
  exitCode(): number;
  /** No longer listens. */
  close(): void;
}

/**
 * Listens for signals that are to end the process.
 * @param interrupted is called at the first; it may end the process itself.
 */
export function listenForInterruption(interrupted: (exitCode: number) => void): Interruption {
  const abort = new AbortController();
  let exitCode = 0;
  const listen = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(exitCode);
    exitCode = 128 + constants.signals[name];
    abort.abort(new Error(`ended by ${name}`));
    interrupted(exitCode);
  };
  for (const name of endingSignals) process.on(name, listen);
  return {
    signal: abort.signal,
    exitCode: () => exitCode,
    close: () => {
      for (const name of endingSignals) process.off(name, listen);
    },
  };
}
