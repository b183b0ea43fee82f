import type { SigningState } from './request-view.ts';

/** What is to become of a request's status. The adapters of request-kinds/ write it in the words of their kind. */
export type StatusChange =
  | { readonly change: 'issued'; readonly chainPem: string; readonly caPem?: string }
  | { readonly change: 'failed'; readonly code: string; readonly message: string }
  | { readonly change: 'denied'; readonly message: string }
  | {
      readonly change: 'pending';
      readonly code: string;
      readonly message: string;
      /** The issuer's own code, where the message quotes what the issuer says. */
      readonly cause?: string;
      /** The time that the message names for the next try, milliseconds since the epoch. */
      readonly nextTryAt?: number;
      readonly signing?: SigningState;
    };

/** An event about a request or an issuer: `reason` is one of the stable codes. */
export interface Notice {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
  /** May be left out when the queue of events is long. */
  readonly shed?: boolean;
}

/** All that follows from looking at a request once: at most one status write, events, and when to look again. */
export interface Conclusion {
  readonly status?: StatusChange;
  readonly notices?: readonly Notice[];
  readonly requeueAfterMs?: number;
}

/** Whether a change says what a CA answered: it is kept until it is written, so that a lost write never asks the CA again. */
export function mustNotBeLost(change: StatusChange): boolean {
  return change.change !== 'pending' || change.signing !== undefined;
}
