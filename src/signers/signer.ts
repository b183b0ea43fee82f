import type { Csr } from '../x509/csr.ts';

/** What a signer is asked to sign: the CSR, already parsed and its signature verified, and what the request says beside it. */
export interface SignRequest {
  readonly csr: Csr;
  /** How long the certificate is wanted to last, in seconds. */
  readonly durationSeconds: number;
  /** Usages as cert-manager names them; every name is known (see x509/usages.ts). */
  readonly usages: readonly string[];
  readonly isCA: boolean;
  /** The same for every attempt at one request and for no other; what a CA may deduplicate by. */
  readonly idempotencyKey: string;
}

/** What a call may take: it stops when `signal` is aborted, at the deadline or at shutdown. */
export interface CallContext {
  readonly signal: AbortSignal;
}

/** The CA signed. `chainPem` in any order; the core sorts and checks it. `caPem` where the CA names its root. */
export interface Issued {
  readonly outcome: 'issued';
  readonly chainPem: string;
  readonly caPem?: string;
}

/** The CA took the request and will decide later: ask again with `id` after `afterMs`. */
export interface PendingAtCA {
  readonly outcome: 'pending';
  /** The CA's own id of the request, at most 512 characters; stored before the first poll. */
  readonly id: string;
  readonly afterMs: number;
}

/** The environment failed (network, 5xx, throttling): try again, not before `afterMs` where the CA named a time. */
export interface Retry {
  readonly outcome: 'retry';
  readonly code: string;
  readonly message: string;
  readonly afterMs?: number;
  readonly cause?: unknown;
}

/** This CSR, or a policy, makes it impossible: no later attempt can succeed. */
export interface Failed {
  readonly outcome: 'failed';
  readonly code: string;
  readonly message: string;
}

/** The issuer itself is broken (credentials refused, CA key gone): every request waits until its check passes again. */
export interface IssuerBroken {
  readonly outcome: 'issuer-broken';
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

/** All that can come of one attempt to sign. Exceptions are for bugs. */
export type SignOutcome = Issued | PendingAtCA | Retry | Failed | IssuerBroken;

/** All that can come of a check: healthy with words for the status, or what is wrong and whether waiting may mend it. */
export type CheckOutcome =
  | {
      readonly outcome: 'healthy';
      readonly message: string;
      readonly warning?: { readonly code: string; readonly message: string };
    }
  | Retry
  | IssuerBroken;

/** A signer that is open: its configuration parsed, its keys loaded, its connections kept until `close`. */
export interface Signer {
  check(context: CallContext): Promise<CheckOutcome>;
  sign(request: SignRequest, context: CallContext): Promise<SignOutcome>;
  /** Asks a CA that answered `pending` for the request with that id. Required of signers that answer so. */
  poll?(id: string, request: SignRequest, context: CallContext): Promise<SignOutcome>;
  /** Frees connections and keys; called once, after the last call has ended. */
  close(): Promise<void>;
}

/** What an issuer gives its signer: the configuration block, validated by the signer's schema, and the objects it names. */
export interface SignerInput<Config> {
  readonly config: Config;
  /** The issuer's uid: what belongs to this issuer and no other is kept under it. */
  readonly issuerUid: string;
  /** The Secret that `authSecretRef` names: keys to bytes; absent where the issuer names none. */
  readonly authSecret?: ReferencedData;
  /** `authSecretRef.key`, where the issuer names one: which of the Secret's values the signer is to use. */
  readonly authSecretKey?: string;
}

/** The data of a Secret or ConfigMap, and where it came from, for messages: `Secret "ca" in namespace "pki"`. */
export interface ReferencedData {
  readonly where: string;
  readonly data: ReadonlyMap<string, Uint8Array>;
}

/** Why a signer cannot be opened: the field that is wrong, in the words of the issuer's author. */
export interface ConfigProblem {
  readonly code: 'ConfigError' | 'AuthError';
  /** Names the field or the key, what is wrong with it and what to write instead; never a secret value. */
  readonly message: string;
}
