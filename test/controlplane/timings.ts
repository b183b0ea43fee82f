import type { ProgressStream } from './progress.ts';

/** How long the steps of a start took. */
export interface Timings {
  /** Notes the milliseconds since the start for a step that has just ended. */
  mark(step: string): void;
  /** Milliseconds from the start to the end of each step. */
  all(): Readonly<Record<string, number>>;
}

/** @param stream where each step is told, if anywhere. */
export function createTimings(stream: ProgressStream | undefined): Timings {
  const started = performance.now();
  const marks: Record<string, number> = {};
  return {
    mark(step) {
      marks[step] = Math.round(performance.now() - started);
      stream?.write(`control plane: ${step} after ${(marks[step] / 1000).toFixed(1)} s\n`);
    },
    all: () => ({ ...marks }),
  };
}
