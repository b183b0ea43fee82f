import type { AttemptDeps } from '../issuing/attempt.ts';
import type { Notice, StatusChange } from '../issuing/conclusion.ts';
import { issuerOf } from '../issuing/triggers.ts';
import type { IssuerView, RequestView } from '../issuing/request-view.ts';
import { apiVersionOf, type KubeObject, type Resource } from '../kube/resource.ts';
import { issuerLabels, type IssuerLabels } from '../server/issuer-labels.ts';
import type { TermDeps } from './term-deps.ts';

/** Says in events, metrics and logs what happens to requests of one kind. */
export interface RequestReports {
  readonly tell: (request: RequestView, notice: Notice, queueDepth: number) => void;
  readonly concluded: (request: RequestView, change: StatusChange) => void;
  readonly attempt: AttemptDeps['onAttempt'];
  readonly write: (result: 'written' | 'conflict') => void;
}

/** Beyond this many waiting requests, events of success are left out: each costs the API server as much as a status. */
const longQueue = 20;

/** Makes the reports about requests of one kind. */
export function createRequestReports<T extends KubeObject>(
  resource: Resource<T>,
  {
    recorder,
    metrics,
    log,
    clock,
    issuerOf: find,
  }: Pick<TermDeps, 'recorder' | 'metrics' | 'log' | 'clock'> & {
    readonly issuerOf: (issuerKey: string) => IssuerView | undefined;
  },
): RequestReports {
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource);

  /** Of an issuer that exists: whoever makes requests could name any number of others. */
  function labelsOf(request: RequestView): IssuerLabels {
    return issuerLabels(find(issuerOf(request) ?? '')?.key);
  }

  return {
    tell(request, { type, reason, note, shed = false }, queueDepth) {
      if (type === 'Warning') metrics.warnings.inc({ kind, reason });
      if (shed && queueDepth > longQueue) return;
      const { name, namespace, uid } = request;
      const regarding = { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
      recorder.record({ regarding, type, reason, action: 'Sign', note });
    },
    concluded(request, change) {
      if (change.change === 'pending') return;
      const labels = labelsOf(request);
      metrics.requests.inc({ kind, outcome: change.change, ...labels });
      if (change.change === 'issued') {
        const secondsSince = (time: number): number => Math.max(0, clock.now() - time) / 1000;
        metrics.issueSeconds.observe({ kind }, secondsSince(request.createdAt));
        if (request.approvedAt !== undefined)
          metrics.issuanceSeconds.observe({ kind, ...labels }, secondsSince(request.approvedAt));
      }
      const { namespace, name, uid } = request;
      const failure = change.change === 'failed' ? { code: change.code, reason: change.message } : {};
      const level = change.change === 'issued' ? 'info' : 'warn';
      const about = { kind, namespace, name, uid, issuer: issuerOf(request), outcome: change.change };
      log[level]({ ...about, ...failure }, 'request concluded');
    },
    attempt(request, outcome, ms, again) {
      const labels = labelsOf(request);
      metrics.attempts.inc({ outcome, ...labels });
      metrics.attemptSeconds.observe({ outcome, ...labels }, ms / 1000);
      if (again) metrics.retries.inc(labels);
      const { namespace, name, uid } = request;
      log.debug({ kind, namespace, name, uid, issuer: issuerOf(request), outcome, ms: Math.round(ms) }, 'signer asked');
    },
    write(result) {
      metrics.statusWrites.inc({ result });
    },
  };
}
