import { messageOf } from '../lib/errors.ts';
import type { Result } from '../lib/result.ts';
import type { ApiContext, ApiRequest } from './context.ts';
import { type ApiError, errorReply, type Reply } from './reply.ts';
import { findRoute } from './routes.ts';

/** A request whose body is still to be read. */
export interface IncomingRequest extends Omit<ApiRequest, 'body'> {
  readonly method: string;
  readBody(): Promise<Result<Uint8Array, ApiError>>;
}

/** What stands before the routes. */
export interface Guards {
  refuseToken(authorization: string | undefined): ApiError | undefined;
  fault(signal: AbortSignal): Promise<ApiError | undefined>;
  /** What is done on purpose to the answers of routes that have faults. */
  spoil(reply: Reply): Reply;
}

/**
 * Answers a request: 404 and 405, then the token, then the faults made on purpose, then the body, then the route. Never rejects
 * unless the client has gone.
 */
export async function answer(request: IncomingRequest, context: ApiContext, guards: Guards): Promise<Reply> {
  const { route, error } = findRoute(request.method, request.path);
  const style = route?.errorStyle ?? 'json';
  if (route === undefined || error !== undefined) return errorReply(error ?? internalError, style);
  const refused = route.open ? undefined : guards.refuseToken(request.headers['authorization']);
  if (refused !== undefined) return errorReply(refused, 'json');
  try {
    const fault = route.faults ? await guards.fault(request.signal) : undefined;
    if (fault !== undefined) return errorReply(fault, style);
    const body = route.methods.includes('POST') ? await request.readBody() : undefined;
    if (body?.ok === false) return errorReply(body.error, style);
    const reply = await route.handle({ ...request, body: body?.value ?? new Uint8Array() }, context);
    return route.faults ? guards.spoil(reply) : reply;
  } catch (error_) {
    if (request.signal.aborted) throw error_;
    context.log.error(
      { route: request.path, error: messageOf(error_), stack: error_ instanceof Error ? error_.stack : undefined },
      'request failed',
    );
    return errorReply(internalError, style);
  }
}

const internalError: ApiError = {
  status: 500,
  code: 'INTERNAL_ERROR',
  error: 'the server failed',
  details: 'its log says why',
};
