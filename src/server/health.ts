import type { RequestListener, ServerResponse } from 'node:http';

/** What the probes are told. */
export interface Health {
  /** Undefined when ready, else what is not yet; a standby is ready, since it does all that a standby does. */
  notReadyBecause(): string | undefined;
  /** For people: `leader` or `standby`. */
  role(): string;
}

/**
 * Answers `/healthz` and `/readyz` with 200 or 503 and a line of text.
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export function healthHandler(health: Health): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'use GET');
    // Whoever answers is alive: what cannot go on ends by itself.
    if (path === '/healthz') return answer(response, 200, `ok (${health.role()})`);
    if (path !== '/readyz') return answer(response, 404, 'try /healthz or /readyz');
    const reason = health.notReadyBecause();
    return reason === undefined
      ? answer(response, 200, `ok (${health.role()})`)
      : answer(response, 503, `not ready: ${reason}`);
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(`${text}\n`);
}
