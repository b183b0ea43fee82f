import { formatDuration } from '../lib/duration.ts';
import { momentText } from '../lib/moment.ts';
import { helpPage } from './help-page.ts';
import { pollRoute, signRoute } from './json-routes.ts';
import { legacyRoute } from './legacy-route.ts';
import { type ApiError, jsonReply, type Reply, textReply } from './reply.ts';
import type { ApiContext, ApiRequest } from './context.ts';

/** One thing the server offers. */
export interface Route {
  readonly methods: readonly string[];
  /** Open to everybody even where the server wants a token: what probes and trust stores need. */
  readonly open: boolean;
  /** Whether the faults made on purpose apply. */
  readonly faults: boolean;
  readonly errorStyle: 'json' | 'text';
  handle(request: ApiRequest, context: ApiContext): Reply | Promise<Reply>;
}

const read = ['GET', 'HEAD'];
const probe: Route = { methods: read, open: true, faults: false, errorStyle: 'json', handle: health };
const sign: Route = { methods: ['POST'], open: false, faults: true, errorStyle: 'json', handle: signRoute };

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', { ...probe, handle: (_request, { version }) => textReply(200, helpPage(version)) }],
  ['/health', probe],
  ['/healthz', probe],
  ['/readyz', probe],
  ['/ca', { ...probe, handle: caCertificate }],
  ['/sign', sign],
  ['/api/v1/sign', sign],
  ['/api/v1/certificate/sign', sign],
  ['/cgi/pki.cgi', { ...sign, errorStyle: 'text', handle: legacyRoute }],
  ['/journal', { ...probe, open: false, handle: recentSignings }],
]);
const poll: Route = { methods: read, open: false, faults: true, errorStyle: 'json', handle: pollRoute };

/** Finds what a path and a method stand for, or why they stand for nothing. */
export function findRoute(method: string, path: string): { readonly route?: Route; readonly error?: ApiError } {
  const route = routes.get(path) ?? (/^\/requests\/[\w-]{1,64}$/.test(path) ? poll : undefined);
  if (route === undefined) {
    return { error: { status: 404, code: 'NOT_FOUND', error: 'no such page', details: 'GET / lists what is here' } };
  }
  if (route.methods.includes(method)) return { route };
  const allowed = route.methods.join(', ');
  return {
    route,
    error: {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      error: 'Method not allowed',
      details: `use ${allowed}`,
      headers: { Allow: allowed },
    },
  };
}

function health(_request: ApiRequest, { authority, signing, clock, startedAt, version }: ApiContext): Reply {
  return jsonReply(200, {
    status: 'healthy',
    version,
    ca_subject: authority.subject,
    ca_expires: momentText(authority.notAfter),
    certificates_signed: signing.count(),
    uptime: uptimeText(clock.monotonic() - startedAt),
  });
}

function uptimeText(ms: number): string {
  return ms < 1000 ? '0s' : formatDuration(Math.floor(ms / 1000) * 1000);
}

function caCertificate(_request: ApiRequest, { authority }: ApiContext): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/x-pem-file', 'Content-Disposition': 'attachment; filename=ca.crt' },
    body: authority.caPem,
  };
}

function recentSignings(_request: ApiRequest, { journal }: ApiContext): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/x-ndjson' }, body: journal.recent() };
}
