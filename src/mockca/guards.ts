import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { AnswerFault, FaultSettings } from './faults.ts';
import type { ApiError, Reply } from './reply.ts';

/** Checks an `Authorization` header against the token that is wanted; returns why the request is refused. */
export function tokenGuard(token: string | undefined): (authorization: string | undefined) => ApiError | undefined {
  if (token === undefined) return () => undefined;
  const wanted = sha256(token);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    // The digests have one length, so that the comparison takes the same time whatever was sent.
    if (given !== undefined && timingSafeEqual(sha256(given), wanted)) return undefined;
    return {
      status: 401,
      code: 'UNAUTHORIZED',
      error: given === undefined ? 'a bearer token is needed' : 'the bearer token is wrong',
      details: 'send "Authorization: Bearer <token>" with the token of the file this server was started with (--token-file)',
      headers: { 'WWW-Authenticate': 'Bearer realm="mockca"' },
    };
  };
}

/** Waits as long as every request must, then says whether this one fails; rejects when `signal` is aborted meanwhile. */
export function faultInjector(
  faults: FaultSettings,
  deps: { readonly clock: Clock; readonly random: () => number },
): (signal: AbortSignal) => Promise<ApiError | undefined> {
  return async (signal) => {
    if (faults.latencyMs > 0) await deps.clock.sleep(faults.latencyMs, signal);
    if (deps.random() >= faults.errorRate) return undefined;
    return {
      status: faults.errorStatus,
      code: 'FAULT_INJECTED',
      error: 'this failure is made on purpose',
      details: `the server was started with --fault-error-rate ${faults.errorRate}; nothing was signed, try again`,
      ...(faults.retryAfterSeconds === 0 ? {} : { headers: { 'Retry-After': String(faults.retryAfterSeconds) } }),
    };
  };
}

const hugeBytes = 100 * 1024 * 1024;

/** The reply with what is wrong with its body on purpose; a certificate that is wrong was signed so. */
export function spoil(reply: Reply, fault: AnswerFault | undefined): Reply {
  if (reply.status !== 200) return reply;
  switch (fault) {
    case 'huge-body':
      return { ...reply, padTo: hugeBytes };
    case 'cut-body':
      return { ...reply, cutAfter: Math.floor(Buffer.byteLength(reply.body) / 2) };
    case 'garbage':
      return { ...reply, body: '<html><body>It works!</body></html>\n', headers: { 'Content-Type': 'text/html' } };
    default:
      return reply;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
