import type { RequestListener } from 'node:http';
import type { ScrapeAccess } from './scrape-access.ts';

/** Answers by `handler` whom `access` lets, and the others with a line that says what to do. */
export function guarded(handler: RequestListener, access: ScrapeAccess): RequestListener {
  return (request, response) => {
    const refuse = (status: number, text: string): void => {
      const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="metrics"' } : {};
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...challenge };
      response.writeHead(status, headers).end(`${text}\n`);
    };
    void access(request.headers.authorization).then(
      (refusal) => (refusal === undefined ? handler(request, response) : refuse(refusal.status, refusal.text)),
      () => refuse(500, 'Who you are could not be found out by a fault of this process.'),
    );
  };
}
