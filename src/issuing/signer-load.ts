/** What the requests of an issuer have its signer do, for metrics; both counters begin at 0 with the issuer. */
export interface SignerLoad {
  /** Requests that are with the signer now. */
  readonly inFlight: number;
  /** How often requests had to wait for the rate that the issuer sets. */
  readonly pauses: number;
  /** How long, in milliseconds; time in which several waited counts once. */
  readonly pausedMs: number;
}

/** A load that is counted on. */
export type CountedLoad = { -readonly [Key in keyof SignerLoad]: SignerLoad[Key] };

/** The loads of issuers by their uid. */
export interface SignerLoads {
  of(issuerUid: string): SignerLoad;
  /** What is counted for the issuer from now on. */
  count(issuerUid: string): CountedLoad;
  forget(issuerUid: string): void;
}

const none: SignerLoad = { inFlight: 0, pauses: 0, pausedMs: 0 };

/** Counts nothing yet. */
export function createSignerLoads(): SignerLoads {
  const loads = new Map<string, CountedLoad>();
  return {
    of: (uid) => loads.get(uid) ?? none,
    count(uid) {
      const load = loads.get(uid) ?? { ...none };
      loads.set(uid, load);
      return load;
    },
    forget: (uid) => void loads.delete(uid),
  };
}
