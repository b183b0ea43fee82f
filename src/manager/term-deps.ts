import type { Logger } from 'pino';
import type { RequestKindName } from '../issuing/request-view.ts';
import type { ReferenceScope } from '../issuing/resolve-issuer.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../server/metrics.ts';
import type { SignerDefinition } from '../signers/definition.ts';

/** What one term of leadership works with. */
export interface TermDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly metrics: Metrics;
  readonly signers: readonly SignerDefinition[];
  readonly enabledSigners: ReadonlySet<string>;
  readonly scope: ReferenceScope;
  /** Throws where this replica is not surely the leader: nothing is written and no CA is asked then. */
  readonly fence: () => void;
  readonly workers: number;
  /** The kinds of requests that are signed. */
  readonly requestKinds: readonly RequestKindName[];
}
