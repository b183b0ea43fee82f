/** How many bytes of answers may be held at once; counts only, holds nothing itself. */
export interface ByteBudget {
  /** Counts these bytes, unless that would be too many. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  /** Gives back all that is taken; nothing can be taken of it afterwards. */
  release(): void;
}

/** All issuers of the process together. An answer is held several times over while it is read: as bytes, as text, as a document. */
export const processAnswerBytes = 64 * 1024 * 1024;
/** One issuer, so that its CA cannot keep the others from being read. */
export const issuerAnswerBytes = 16 * 1024 * 1024;

/** Makes a budget of `limit` bytes. @param within what is taken is taken from that budget too. */
export function createByteBudget(limit: number, within?: ByteBudget): ByteBudget {
  let used = 0;
  let isReleased = false;
  function give(bytes: number): void {
    const given = Math.min(bytes, used);
    used -= given;
    within?.give(given);
  }
  return {
    take(bytes) {
      if (isReleased || used + bytes > limit || within?.take(bytes) === false) return false;
      used += bytes;
      return true;
    },
    give,
    release() {
      isReleased = true;
      give(used);
    },
  };
}
