import type { ByteBudget } from './byte-budget.ts';

/** Why no more of a body is read: it is too large by itself, or all that are read at once are together. */
export type BodyRefusal = 'too-large' | 'no-room';

/** The body of an answer while it comes in. */
export interface AnswerBody {
  add(chunk: Buffer): BodyRefusal | undefined;
  /** All of it; not a copy. */
  whole(): Uint8Array;
  /** Forgets it and gives its bytes back. */
  drop(): void;
}

const leastCapacity = 4096;

/**
 * Gathers a body in one buffer that grows. Not in a list of its chunks: a server may send single bytes as chunks, each of which would
 * be an object that keeps what it was received in.
 */
export function createAnswerBody(maxBytes: number, budget: ByteBudget): AnswerBody {
  let buffer = Buffer.alloc(0);
  let size = 0;
  return {
    add(chunk) {
      const needed = size + chunk.length;
      if (needed > maxBytes) return 'too-large';
      if (needed > buffer.length) {
        const capacity = Math.min(maxBytes, Math.max(needed, 2 * buffer.length, leastCapacity));
        if (!budget.take(capacity - buffer.length)) return 'no-room';
        const larger = Buffer.allocUnsafeSlow(capacity);
        buffer.copy(larger, 0, 0, size);
        buffer = larger;
      }
      chunk.copy(buffer, size);
      size = needed;
      return undefined;
    },
    whole: () => new Uint8Array(buffer.buffer, buffer.byteOffset, size),
    drop() {
      budget.give(buffer.length);
      buffer = Buffer.alloc(0);
      size = 0;
    },
  };
}
