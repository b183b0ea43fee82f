/** Lets work through, a bounded number at once; the rest waits for its turn, first come first served. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a gate that `width` may pass at once. */
export function createGate(width: number): Gate {
  const waiting: (() => void)[] = [];
  let free = width;

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
