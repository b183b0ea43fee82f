import type { Result } from '../lib/result.ts';
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
  /** When signing was first tried, milliseconds since the epoch. */
  readonly firstTryAt: number;
  /** The object that asks. */
  readonly origin: RequestOrigin;
}

/** The object that a request is in. All of it is what requesters write. */
export interface RequestOrigin {
  readonly name: string;
  /** Absent for a request of the whole cluster. */
  readonly namespace?: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a call may take: it stops when `signal` is aborted, at the deadline or at shutdown. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Is told what is sent to the CA, what it answers and what is read from that, secrets masked; for people who try an issuer. */
  readonly trace?: (entry: TraceEntry) => void;
}

/** A part of a conversation with a CA, as text for people. */
export interface TraceEntry {
  readonly part: 'sent' | 'answered' | 'read';
  readonly text: string;
}

/** The CA signed. `chainPem` in any order; the core sorts and checks it. `caPem` where the CA names its root. */
export interface Issued {
  readonly outcome: 'issued';
  readonly chainPem: string;
  readonly caPem?: string;
  /** What the issuer's author wants in ca.crt, whole: it completes the chain too. */
  readonly caBundlePem?: string;
  /** Where it ends sooner than was asked, and the signer knows why, a clause on that: `its CA ends then`. */
  readonly whyShorter?: string;
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
  /** After so many attempts in a row that failed with this code, this one counted, the request fails; absent: the retry budget decides alone. */
  readonly mostAttempts?: number;
  readonly cause?: unknown;
}

/** This CSR, or a policy, makes it impossible: no later attempt can succeed. */
export interface Failed {
  readonly outcome: 'failed';
  readonly code: string;
  readonly message: string;
}

/**
 * The issuer itself is broken (credentials refused, CA key gone, an address that does not serve signing). The core has the issuer
 * checked at once: where that fails too, every request waits until a check passes; where it passes, `requestSuspected` decides.
 */
export interface IssuerBroken {
  readonly outcome: 'issuer-broken';
  readonly code: string;
  readonly message: string;
  /**
   * The CA may have meant this request alone, as with 401 and 403: where the check passes, the request fails. Where it cannot be the
   * request, it is tried again.
   */
  readonly requestSuspected?: boolean;
  readonly cause?: unknown;
}

/** All that can come of one attempt to sign. Exceptions are for bugs. */
export type SignOutcome = Issued | PendingAtCA | Retry | Failed | IssuerBroken;

/** All that can come of a check: healthy with words for the status, or what is wrong and whether waiting may mend it. */
export type CheckOutcome =
  | {
      readonly outcome: 'healthy';
      readonly message: string;
      /** What somebody should see to before it stops the issuer: an event each. */
      readonly warnings?: readonly { readonly code: string; readonly message: string }[];
      /** The CA that signs, where the signer knows it before it signs. */
      readonly ca?: CaFacts;
    }
  | Retry
  | IssuerBroken;

/** The CA certificate that a signer signs under, as the issuer's status shows it; nothing reads it from there. */
export interface CaFacts {
  /** RFC 4514. */
  readonly subject: string;
  /** Lower-case hexadecimal. */
  readonly serialHex: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** Where the key is, in the words of who holds it: `https://team.vault.azure.net/keys/ca/0123…`. */
  readonly keyId: string;
  readonly certificatePem: string;
}

/** What the users of an issuer must know as long as it is so: it shows in the issuer's status and in a metric. */
export interface Caveat {
  /** The label of the metric and the reason of the event: InsecureSkipVerify, Plaintext. */
  readonly code: string;
  readonly message: string;
}

/** What came of a revocation. */
export type RevokeOutcome =
  | { readonly outcome: 'revoked'; readonly message: string }
  | { readonly outcome: 'not-revoked'; readonly code: string; readonly message: string }
  /** The CA may have revoked: it was sent the request, and has not said what came of it. */
  | { readonly outcome: 'unknown'; readonly code: string; readonly message: string };

/** A signer that is open: its configuration parsed, its keys loaded, its connections kept until `close`. */
export interface Signer {
  /** How long one call may take, in milliseconds; absent: a minute. */
  readonly callTimeoutMs?: number;
  readonly caveats?: readonly Caveat[];
  check(context: CallContext): Promise<CheckOutcome>;
  sign(request: SignRequest, context: CallContext): Promise<SignOutcome>;
  /** Asks a CA that answered `pending` for the request with that id. Required of signers that answer so. */
  poll?(id: string, request: SignRequest, context: CallContext): Promise<SignOutcome>;
  /** The requests that signing would send, as text with secrets masked; nothing is sent. */
  preview?(request: SignRequest): Promise<Result<readonly string[], { readonly code: string; readonly message: string }>>;
  /** Revokes by serial number, lower-case hexadecimal; present where the issuer configures how. */
  revoke?(serialHex: string, context: CallContext): Promise<RevokeOutcome>;
  /** Frees connections and keys; called once, after the last call has ended. */
  close(): Promise<void>;
}

/** What an issuer gives its signer: the configuration block, validated by the signer's schema, and the objects it names. */
export interface SignerInput<Config> {
  readonly config: Config;
  /** The issuer's uid: what belongs to this issuer and no other is kept under it. */
  readonly issuerUid: string;
  readonly issuer: IssuerIdentity;
  /** The Secret that `authSecretRef` names: keys to bytes; absent where the issuer names none. */
  readonly authSecret?: ReferencedData;
  /** `authSecretRef.key`, where the issuer names one: which of the Secret's values the signer is to use. */
  readonly authSecretKey?: string;
  /** The objects that the configuration names besides, by the id that the definition's `references` gave them. */
  readonly references: ReadonlyMap<string, ReferencedData>;
  /** Has the API server make a token of a ServiceAccount in the namespace of the issuer's references; absent without a cluster. */
  readonly requestToken?: RequestServiceAccountToken;
}

/** Which issuer a signer is for, for messages and templates. */
export interface IssuerIdentity {
  readonly kind: string;
  readonly name: string;
  /** Absent for a cluster issuer. */
  readonly namespace?: string;
}

/** A token of a ServiceAccount (TokenRequest). `expiresAt` in milliseconds since the epoch. */
export interface ServiceAccountToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Asks for a token; the error says what right is missing, or that there is no such ServiceAccount. */
export type RequestServiceAccountToken = (
  wish: { readonly serviceAccount: string; readonly audience: string },
  signal: AbortSignal,
) => Promise<Result<ServiceAccountToken, { readonly code: string; readonly message: string }>>;

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
