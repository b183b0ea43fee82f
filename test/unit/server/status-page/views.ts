import type { IssuerRow, ReplicaView, RequestRow, StatusView, WorkView } from '../../../../src/server/status-page/view.ts';

/** The time of the views: 2027-01-15T08:00:00Z. */
export const now = 1_800_000_000_000;

/** A leader, but for what a test gives. */
export function replica(given: Partial<ReplicaView> = {}): ReplicaView {
  return {
    identity: 'external-issuer-controller-0_1f',
    namespace: 'external-issuer-system',
    version: '0.1.0',
    nodeVersion: 'v24.21.0',
    startedAt: now - 3_600_000,
    role: 'leader',
    leadingSince: now - 3_000_000,
    synced: true,
    lease: { namespace: 'external-issuer-system', name: 'external-issuer.io' },
    ...given,
  };
}

/** An issuer that is ready. */
export function issuer(given: Partial<IssuerRow> = {}): IssuerRow {
  return {
    key: 'ExternalIssuer/team-a/ca',
    kind: 'ExternalIssuer',
    namespace: 'team-a',
    name: 'ca',
    signerType: 'pki',
    ready: 'True',
    code: '',
    message: 'The CA answers.',
    readySince: '2027-01-15T07:00:00Z',
    checkedAt: now - 20_000,
    checkMs: 12,
    nextCheckAt: now + 40_000,
    inFlight: 2,
    ...given,
  };
}

/** A request that was issued at the second attempt. */
export function request(given: Partial<RequestRow> = {}): RequestRow {
  return {
    uid: 'uid-1',
    kind: 'CertificateRequest',
    namespace: 'team-a',
    name: 'web-1',
    issuer: 'ExternalIssuer/team-a/ca',
    createdAt: now - 60_000,
    approvedAt: now - 59_000,
    state: 'issued',
    message: '',
    steps: [
      { at: now - 58_000, what: 'asked', code: 'retry', text: '', ms: 30, count: 1 },
      { at: now - 57_000, what: 'waiting', code: 'CAUnavailable', text: 'The CA answered 503.', ms: 5, count: 1 },
      { at: now - 50_000, what: 'asked', code: 'issued', text: '', ms: 42, count: 1 },
      { at: now - 49_000, what: 'issued', code: 'Issued', text: '', ms: 9, count: 1 },
    ],
    omitted: 0,
    ...given,
  };
}

/** A view of a leader. */
export function view(work: Partial<WorkView> = {}, about: Partial<ReplicaView> = {}): StatusView {
  return {
    now,
    replica: replica(about),
    work: { issuers: [issuer()], queues: [], tallies: [], unfinished: [], recent: [request()], ...work },
  };
}
