import type { Clock } from '../lib/clock.ts';
import type { CertificateAuthority } from '../signers/mock-ca/authority.ts';
import type { IdempotentWork } from './idempotency.ts';
import type { Journal } from './journal.ts';
import type { Logger } from '../lib/log.ts';
import type { PendingRequests, Submission } from './pending.ts';
import type { SigningService } from './signing.ts';

/** A request whose body, where the route has one, is read. */
export interface ApiRequest {
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** The client's IP address. */
  readonly requester: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** What the routes work with. */
export interface ApiContext {
  readonly authority: CertificateAuthority;
  readonly signing: SigningService;
  readonly once: IdempotentWork<Submission>;
  readonly pending: PendingRequests;
  /** More than 0: signing requests are taken in and answered later. */
  readonly pendingPolls: number;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The monotonic time at the start. */
  readonly startedAt: number;
  readonly version: string;
  readonly log: Logger;
}
