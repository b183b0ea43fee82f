import { createSecureContext, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { messageOf } from '../../lib/errors.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { ConfigProblem } from '../signer.ts';
import type { HttpAnswer, HttpClient, HttpFailure, HttpRequest } from './exchange.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { ConnectError } from './connect.ts';
import type { ClientSettings, Network } from './contract.ts';
import { failureOf } from './failure.ts';
import { hostAndPort, refusedTunnel } from './proxy.ts';
import { redirectOf } from './redirect.ts';
import { createRoutes, isCaHost, type Route } from './routes.ts';
import { type RawAnswer, sendOnce, type SendError } from './send-once.ts';

/**
 * Makes the connections of one issuer; the network is not used before the first request. Redirects are followed within
 * their origin, answers are read up to `maxResponseBytes`, and nothing is ever sent twice unless the server says so.
 */
export function createHttpClient(settings: ClientSettings, deps: Network): Result<HttpClient, ConfigProblem> {
  const context = targetContext(settings);
  if (!context.ok) return context;
  const routes = createRoutes(settings, deps, context.value);

  function failure(url: URL, route: Route | undefined, error: SendError): Result<never, HttpFailure> {
    const proxy = route?.proxy === undefined || error.error instanceof ConnectError ? {} : { proxy: route.proxy.where };
    return err(
      failureOf(error, {
        where: hostAndPort(url),
        encrypted: url.protocol === 'https:',
        settings,
        isCa: isCaHost(url, settings),
        ...proxy,
      }),
    );
  }

  async function sendOne(
    request: HttpRequest,
    signal: AbortSignal,
    budget: ByteBudget,
  ): Promise<Result<RawAnswer, HttpFailure>> {
    const { url } = request;
    const refused = refusedScheme(url, settings);
    if (refused !== undefined) return failure(url, undefined, { error: refused, sent: false });
    const route = routes.routeTo(url);
    if (!route.ok) return failure(url, undefined, { error: route.error, sent: false });
    const { dispatcher, proxy, forwarded } = route.value;
    const limits = { maxBytes: settings.maxResponseBytes, budget };
    const answer = await sendOnce(dispatcher, dispatchOptions(request, route.value), limits, signal);
    if (!answer.ok) return failure(url, route.value, answer.error);
    if (forwarded && proxy !== undefined && answer.value.status === 407) {
      return failure(url, route.value, { error: refusedTunnel(proxy, 407), sent: false });
    }
    const coding = codingOf(answer.value);
    if (coding !== undefined) return failure(url, route.value, { error: coding, sent: true });
    return answer;
  }

  async function follow(first: HttpRequest, signal: AbortSignal, budget: ByteBudget): Promise<Result<HttpAnswer, HttpFailure>> {
    let request = first;
    for (let followed = 0; ; followed += 1) {
      const answer = await sendOne(request, signal, budget);
      if (!answer.ok) return followed === 0 ? answer : err({ ...answer.error, sent: true });
      const redirect = redirectOf(request, answer.value, followed);
      if (redirect.kind === 'none') return ok({ ...answer.value, url: request.url } satisfies HttpAnswer);
      if (redirect.kind === 'refuse') return err({ code: 'RedirectRefused', message: redirect.message, sent: true });
      request = redirect.request;
    }
  }

  return ok({
    async send(first, signal, held) {
      if (held !== undefined) return await follow(first, signal, held);
      const budget = createByteBudget(Infinity, deps.answers);
      try {
        return await follow(first, signal, budget);
      } finally {
        budget.release();
      }
    },
    close: routes.close,
  });
}

function targetContext({ tls }: ClientSettings): Result<SecureContext, ConfigProblem> {
  const { caPem: ca, certPem: cert, keyPem: key, minVersion } = tls;
  try {
    return ok(
      createSecureContext({
        minVersion,
        // A bundle may hold an intermediate CA alone: it is believed as it is, as by Go's clients.
        ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      }),
    );
  } catch (cause) {
    const message = `tls: the CA bundle, the client certificate or its key cannot be used: ${messageOf(cause)}; write them as PEM`;
    return err({ code: 'ConfigError', message });
  }
}

function refusedScheme(url: URL, { tls, encryptedOnly }: ClientSettings): ConnectError | undefined {
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && tls.allowPlaintext) {
    const message =
      'its address begins with http://, and the credential of the issuer would go in plain text; use https://, or have an ' +
      'administrator start the controller with --allow-plaintext-credentials';
    return encryptedOnly ? new ConnectError('AddressRefused', message) : undefined;
  }
  const advice = url.protocol === 'http:' ? ', or set tls.allowPlaintext to true to send everything unencrypted' : '';
  return new ConnectError('AddressRefused', `its address begins with ${url.protocol}//; use https://${advice}`);
}

function dispatchOptions(request: HttpRequest, { proxy, forwarded }: Route): Dispatcher.DispatchOptions {
  const { url, method, body } = request;
  const headers = new Map([['user-agent', 'external-issuer'], ...request.headers]);
  // Compressed answers would have to be bounded twice.
  headers.delete('accept-encoding');
  if (forwarded && proxy !== undefined) {
    if (!headers.has('host')) headers.set('host', url.host);
    if (proxy.authorization !== undefined) headers.set('proxy-authorization', proxy.authorization);
  }
  const path = `${url.pathname}${url.search}`;
  return {
    origin: forwarded && proxy !== undefined ? proxy.url.origin : url.origin,
    path: forwarded ? `${url.origin}${path}` : path,
    method,
    headers: [...headers].flat(),
    ...(body === undefined ? {} : { body }),
  };
}

/** An answer compressed unasked cannot be read; where it is an error, its status says enough. */
function codingOf({ status, headers }: RawAnswer): ConnectError | undefined {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity' || status < 200 || status > 299) return undefined;
  const message = 'its answer is compressed (Content-Encoding), which was not asked for; have the server send it as it is';
  return new ConnectError('CAUnreachable', message);
}
