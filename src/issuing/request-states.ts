import type { IssuerView, RequestView } from './request-view.ts';

/** What requests that are not finished wait for, as a label of metrics. */
export const requestStates = ['waiting-for-approval', 'waiting-for-issuer', 'pending-at-ca', 'in-work'] as const;

/** One of {@link requestStates}; only what is `in-work` has to go on by itself. */
export type RequestState = (typeof requestStates)[number];

/** Requests of one state: how many, and for how long the oldest has been approved or, where nobody has decided, been there. */
export interface StateTally {
  readonly state: RequestState;
  readonly count: number;
  readonly oldestMs: number;
}

/** What a request that is not finished waits for. */
export function stateOf(request: RequestView, issuer: IssuerView | undefined): RequestState {
  if (request.approval === 'undecided') return 'waiting-for-approval';
  if (request.approval === 'denied') return 'in-work';
  const { ready } = issuer ?? {};
  if (ready?.status !== 'True' || ready.observedGeneration !== issuer?.generation) return 'waiting-for-issuer';
  return request.signing?.caRequestId === undefined ? 'in-work' : 'pending-at-ca';
}

/**
 * Counts requests by state; a state that none is in is there too.
 * @param now milliseconds since the epoch.
 */
export function tallyStates(
  requests: Iterable<RequestView>,
  stateOfRequest: (request: RequestView) => RequestState,
  now: number,
  states: readonly RequestState[] = requestStates,
): readonly StateTally[] {
  const tallies = new Map(states.map((state) => [state, { state, count: 0, oldestMs: 0 }]));
  for (const request of requests) {
    const tally = tallies.get(stateOfRequest(request));
    if (tally === undefined) continue;
    tally.count += 1;
    const age = now - (request.approvedAt ?? request.createdAt);
    // A time that cannot be read is no age, and a clock that is ahead makes none below 0.
    if (age > tally.oldestMs) tally.oldestMs = age;
  }
  return [...tallies.values()];
}
