import type { StatusWriter } from '../issuing/status-writer.ts';
import type { Clock } from '../lib/clock.ts';
import type { Activity } from '../server/status-page/activity.ts';
import type { RequestReports } from './request-reports.ts';

/** The same reports; what was done is remembered besides, for the status page. */
export function recordedReports(reports: RequestReports, activity: Activity): RequestReports {
  return {
    ...reports,
    tell(request, notice, queueDepth) {
      // The end of a request is remembered when it is written.
      if (notice.reason !== 'Issued') activity.record(request, { what: 'told', code: notice.reason, text: notice.note });
      reports.tell(request, notice, queueDepth);
    },
    attempt(request, outcome, ms, again) {
      activity.record(request, { what: 'asked', code: outcome, ms });
      reports.attempt(request, outcome, ms, again);
    },
  };
}

/** The same writer; what was written is remembered besides, and how long that took with the wait for its turn. */
export function recordedWriter(write: StatusWriter, activity: Activity, clock: Pick<Clock, 'monotonic'>): StatusWriter {
  return async (request, status, signal) => {
    const started = clock.monotonic();
    const written = await write(request, status, signal);
    if (written !== 'written') return written;
    const ms = clock.monotonic() - started;
    switch (status.change) {
      case 'issued':
        activity.record(request, { what: 'issued', code: 'Issued', ms });
        break;
      case 'denied':
        activity.record(request, { what: 'denied', code: 'Denied', text: status.message, ms });
        break;
      case 'failed':
        activity.record(request, { what: 'failed', code: status.code, text: status.message, ms });
        break;
      case 'pending':
        activity.record(request, { what: 'waiting', code: status.code, text: status.message, ms });
        break;
      default:
        return status satisfies never;
    }
    return written;
  };
}
