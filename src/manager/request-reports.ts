import type { AttemptDeps } from '../issuing/attempt.ts';
import type { Notice, StatusChange } from '../issuing/conclusion.ts';
import { issuerOf } from '../issuing/triggers.ts';
import type { RequestView } from '../issuing/request-view.ts';
import { apiVersionOf, type KubeObject, type Resource } from '../kube/resource.ts';
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
  { recorder, metrics, log, clock }: Pick<TermDeps, 'recorder' | 'metrics' | 'log' | 'clock'>,
): RequestReports {
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource);

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
      metrics.requests.inc({ kind, outcome: change.change });
      if (change.change === 'issued')
        metrics.issueSeconds.observe({ kind }, Math.max(0, clock.now() - request.createdAt) / 1000);
      const { namespace, name, uid } = request;
      const failure = change.change === 'failed' ? { code: change.code, reason: change.message } : {};
      const level = change.change === 'issued' ? 'info' : 'warn';
      const about = { kind, namespace, name, uid, issuer: issuerOf(request), outcome: change.change };
      log[level]({ ...about, ...failure }, 'request concluded');
    },
    attempt(request, outcome, ms) {
      metrics.attempts.inc({ outcome });
      metrics.attemptSeconds.observe(ms / 1000);
      const { namespace, name, uid } = request;
      log.debug({ kind, namespace, name, uid, issuer: issuerOf(request), outcome, ms: Math.round(ms) }, 'signer asked');
    },
    write(result) {
      metrics.statusWrites.inc({ result });
    },
  };
}
