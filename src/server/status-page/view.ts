import type { RequestKindName } from '../../issuing/request-view.ts';
import type { RequestState, StateTally } from '../../issuing/request-states.ts';

/** All that the status page shows. It holds only what is in statuses, events and metrics already: no CSR, no token, no body. */
export interface StatusView {
  /** Milliseconds since the epoch, as all times of the view. */
  readonly now: number;
  readonly replica: ReplicaView;
  /** What the leader works on; absent on a standby. */
  readonly work?: WorkView;
}

/** The process that shows the page. */
export interface ReplicaView {
  /** Its name in the Lease: the pod's name, `_` and a suffix. */
  readonly identity: string;
  /** The namespace it runs in. */
  readonly namespace: string;
  readonly version: string;
  readonly nodeVersion: string;
  readonly startedAt: number;
  /** Where each replica serves this page, as its flag says; 0: any. */
  readonly port?: number;
  /** `alone`: without leader election. */
  readonly role: 'leader' | 'standby' | 'alone';
  /** Since when it has led. */
  readonly leadingSince?: number;
  /** Whether all issuers and requests are known to it. */
  readonly synced: boolean;
  /** The Lease, where one is elected by it. */
  readonly lease?: { readonly namespace: string; readonly name: string };
  /** Who was last seen to hold it; absent where nobody was. */
  readonly leader?: LeaderView;
}

/** Who leads, as the Lease says. */
export interface LeaderView {
  readonly identity: string;
  /** Since when, as the Lease says by the clock of that replica: RFC 3339; '' where it does not say. */
  readonly acquiredAt: string;
  /** How long ago the Lease was last seen to change, in milliseconds. */
  readonly seenMsAgo: number;
}

/** What the leader works on. */
export interface WorkView {
  readonly issuers: readonly IssuerRow[];
  readonly queues: readonly { readonly name: string; readonly depth: number; readonly oldestAgeMs: number }[];
  readonly tallies: readonly (StateTally & { readonly kind: string })[];
  /** Those that are not finished, the oldest first; bounded. */
  readonly unfinished: readonly RequestRow[];
  /** Those that ended last, the newest first; bounded. */
  readonly recent: readonly RequestRow[];
}

/** An issuer and its health. */
export interface IssuerRow {
  /** As in maps and paths: `ExternalIssuer/team-a/ca`. */
  readonly key: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** spec.signerType, as it is written. */
  readonly signerType: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Why it is not ready, as a stable code; '' where it is, or has none. */
  readonly code: string;
  readonly message: string;
  /** RFC 3339, '' where unknown. */
  readonly readySince: string;
  /** When it was last looked at by this leader, and how long its CA took to say that it is well. */
  readonly checkedAt?: number;
  readonly checkMs?: number;
  readonly nextCheckAt?: number;
  /** Signing has shown its CA unusable: requests wait, at least until then. */
  readonly stopped?: { readonly code: string; readonly until: number };
  readonly inFlight: number;
  readonly ca?: { readonly subject: string; readonly serialNumber: string; readonly notAfter: number; readonly keyId: string };
}

/** What became of a request, or what it waits for; `gone`: deleted, or finished by another. */
export type RowState = RequestState | 'issued' | 'failed' | 'denied' | 'gone';

/** A request and what was done with it. */
export interface RequestRow {
  readonly uid: string;
  readonly kind: RequestKindName;
  readonly namespace?: string;
  readonly name: string;
  /** Its issuer's key; '' where it names none. */
  readonly issuer: string;
  readonly createdAt: number;
  readonly approvedAt?: number;
  readonly state: RowState;
  /** Why it waits or how it ended; '' where nothing was said. */
  readonly message: string;
  /** The last steps in their order. */
  readonly steps: readonly Step[];
  /** Steps that were not kept. */
  readonly omitted: number;
}

/** One thing that was done with a request. */
export interface Step {
  /** When it was last so. */
  readonly at: number;
  readonly what: 'asked' | 'waiting' | 'told' | 'issued' | 'failed' | 'denied';
  /** The outcome of asking, or a stable code. */
  readonly code: string;
  readonly text: string;
  /** How long it took: the CA to answer, or the status to be written. */
  readonly ms?: number;
  /** How often in a row. */
  readonly count: number;
}
