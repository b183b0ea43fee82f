import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { messageOf } from '../../lib/errors.ts';
import type { ListenAddress } from '../../lib/listen-address.ts';
import { issuerPage, missingPage, requestPage } from './details.ts';
import { isLoopback, mayAsk } from './host.ts';
import { documentOf, type Page } from './layout.ts';
import { overviewPage } from './overview.ts';
import { issuerPath, requestPath } from './parts.ts';
import { styleSheet } from './style.ts';
import type { StatusView } from './view.ts';

/** The one style sheet, by its hash: nothing else is loaded, run, framed or sent anywhere. @see https://www.w3.org/TR/CSP3/ */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(styleSheet).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** An answer before it is sent. */
interface Answer {
  readonly status: number;
  readonly type: 'text/html' | 'text/plain' | 'application/json';
  readonly text: string;
  readonly allow?: string;
}

/**
 * Answers with the status page: `/`, a page of each issuer and request, and `/status.json`. Only GET and HEAD; where it is bound to
 * loopback only by the names of loopback, so that no web page reaches it by a name of its own (DNS rebinding).
 */
export function statusHandler(
  view: () => StatusView,
  address: ListenAddress | undefined,
  log: Pick<Logger, 'error'>,
): RequestListener {
  const strict = isLoopback(address?.host);
  return (request, response) => {
    try {
      send(request, response, answerTo(request, view, strict));
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the status page cannot be shown');
      send(request, response, plain(500, 'This page cannot be shown by a fault of this process; its log says more.'));
    }
  };
}

function answerTo(request: IncomingMessage, view: () => StatusView, strict: boolean): Answer {
  if (strict && !mayAsk(request.headers.host))
    return plain(
      421,
      'This page is asked for as http://localhost:PORT/ or http://127.0.0.1:PORT/ alone: open it by one of these.',
    );
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { ...plain(405, 'This page can only be read: use GET.'), allow: 'GET, HEAD' };
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (path === '/status.json') return { status: 200, type: 'application/json', text: `${JSON.stringify(view())}\n` };
  const refresh = refreshOf(query);
  const now = view();
  const page = pageAt(path, now, refresh);
  const found = page ?? missingPage(missingWords(now));
  return {
    status: page === undefined ? 404 : 200,
    type: 'text/html',
    text: documentOf(found, page === undefined ? { path: '/', refresh: undefined } : { path, refresh }, now.now),
  };
}

function pageAt(path: string, view: StatusView, refresh: number | undefined): Page | undefined {
  if (path === '/') return overviewPage(view, refresh);
  const { work, now } = view;
  if (work === undefined) return undefined;
  // Compared is what the links say: nothing that a client sends is decoded.
  const issuer = work.issuers.find(({ key }) => issuerPath(key) === path);
  if (issuer !== undefined) return issuerPage(issuer, work, now, refresh);
  const request = [...work.unfinished, ...work.recent].find(({ uid }) => requestPath(uid) === path);
  return request === undefined ? undefined : requestPage(request, work, now, refresh);
}

function missingWords({ work }: StatusView): string {
  const rest = 'An issuer or a request is here as long as it is among those of the first page.';
  return work === undefined ? `This replica does not lead, so it knows no issuers and requests. ${rest}` : rest;
}

/** Seconds from 5 to 3600; anything else is no refresh. */
function refreshOf(query: string): number | undefined {
  const seconds = Number(/^refresh=(\d{1,4})$/.exec(query)?.[1]);
  return seconds >= 5 && seconds <= 3600 ? seconds : undefined;
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain', text: `${text}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, text, allow }: Answer): void {
  const body = Buffer.from(text.toWellFormed());
  const more = {
    'content-type': `${type}; charset=utf-8`,
    'content-length': body.length,
    ...(allow === undefined ? {} : { allow }),
  };
  response.writeHead(status, { ...headers, ...more }).end(request.method === 'HEAD' ? undefined : body);
}
