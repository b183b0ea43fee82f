/**
 * Whether the check of an issuer shows that its credential is right. Many CAs serve their health page to anybody: then a 401 for a
 * request is no sign that the request is at fault, though the check passes.
 */
export interface Sight {
  /** undefined until a check has passed. */
  seesCredential(): boolean | undefined;
  found(seesCredential: boolean): void;
}

/** Nothing is known yet. */
export function createSight(): Sight {
  let sees: boolean | undefined;
  return {
    seesCredential: () => sees,
    found(seesCredential) {
      sees = seesCredential;
    },
  };
}
