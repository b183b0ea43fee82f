/** Why something cannot be done with a CA, with a stable code; the message names the field of the configuration where one is wrong. */
export interface PkiProblem {
  readonly code: string;
  readonly message: string;
}
