import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { ApiError } from './reply.ts';

/** Faults the server makes on purpose, for tests of its clients. */
export interface FaultSettings {
  /** How long every answer is held back. */
  readonly latencyMs: number;
  /** The share of requests answered 503, from 0 to 1. */
  readonly errorRate: number;
  /** How many polls find a request pending before it is signed; 0: requests are signed at once. */
  readonly pendingPolls: number;
}

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
      status: 503,
      code: 'FAULT_INJECTED',
      error: 'this failure is made on purpose',
      details: `the server was started with --fault-error-rate ${faults.errorRate}; nothing was signed, try again`,
    };
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
