import type { Issued } from '../signers/signer.ts';
import type { Conclusion } from './conclusion.ts';
import type { SigningState } from './request-view.ts';

/** What is remembered of one unfinished request while the process lives. */
export interface RequestMemory {
  /** The CSR that all of it is about. */
  readonly csr: string;
  /** Milliseconds since the epoch at the first try to sign. */
  firstTryAt?: number;
  failures: number;
  /** The last failures in a row that had the same code. */
  alike?: { readonly code: string; readonly count: number };
  /** The last Pending status written by this process: its code, the issuer's code that it quotes, and the next try it named. */
  written?: { readonly code: string; readonly cause: string | undefined; readonly nextTryAt: number | undefined };
  /** What came of the CA's answer; kept until its status write is done, so a lost write never asks the CA twice. */
  outcome?: Conclusion;
  /** The end of the request was written, counted and told. */
  over?: true;
  /** A certificate that is not yet valid: it is looked at again when it is, and no other is asked for. */
  early?: Issued;
  /** The state written last: the watch may show it later than it is needed. */
  signing?: SigningState;
  /** Reasons of the events already sent, so that waiting is told once. */
  readonly told: Set<string>;
}

/** The memory of unfinished requests, by uid: it grows and shrinks with them. */
export interface Ledger {
  /** The memory of the request with that CSR; without cert-manager's webhook a CSR can be changed, and nothing is known of the new one. */
  of(uid: string, csr: string): RequestMemory;
  forget(uid: string): void;
  readonly size: number;
}

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const memories = new Map<string, RequestMemory>();
  return {
    of(uid, csr) {
      const known = memories.get(uid);
      if (known?.csr === csr) return known;
      const fresh: RequestMemory = { csr, failures: 0, told: new Set() };
      memories.set(uid, fresh);
      return fresh;
    },
    forget: (uid) => {
      memories.delete(uid);
    },
    get size() {
      return memories.size;
    },
  };
}
