/** What a CA can do wrong with a certificate, for tests of its clients. */
export const certificateFaults = ['wrong-key', 'expired', 'broken-chain'] as const;
export type CertificateFault = (typeof certificateFaults)[number];

/** What can be wrong with an answer: with its body, or with the certificate in it. */
export const answerFaults = ['huge-body', 'cut-body', 'garbage', ...certificateFaults] as const;
export type AnswerFault = (typeof answerFaults)[number];

/** Faults the server makes on purpose, for tests of its clients. */
export interface FaultSettings {
  /** How long every answer is held back. */
  readonly latencyMs: number;
  /** The share of requests answered with an error, from 0 to 1. */
  readonly errorRate: number;
  /** The status of those answers. */
  readonly errorStatus: number;
  /** Their Retry-After, in seconds; 0: none. */
  readonly retryAfterSeconds: number;
  /** What is wrong with each answer; absent: nothing. */
  readonly answer?: AnswerFault;
  /** How many polls find a request pending before it is signed; 0: requests are signed at once. */
  readonly pendingPolls: number;
}
