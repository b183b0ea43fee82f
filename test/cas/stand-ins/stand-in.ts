import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { err, ok, type Result } from '../../../src/lib/result.ts';
import { type ServedRequest, startTestServer } from '../https-server.ts';
import { createTestCa } from '../test-ca.ts';

/** What a stand-in answers; `refusal` is why the request was not as the API's documentation demands. */
export interface StandInReply {
  readonly status: number;
  /** Sent as JSON; text is sent as it is. */
  readonly body: unknown;
  readonly refusal?: string;
}

/** One operation of the API. */
export interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
  answer(request: ServedRequest, path: RegExpExecArray): Promise<StandInReply>;
}

export interface StandInOptions {
  readonly routes: readonly Route[];
  /** The body with which the API says what is wrong. */
  errorBody(status: number, reason: string): unknown;
}

/** A server that speaks the API of a product that cannot run here, and refuses what its documentation does not allow. */
export interface StandIn {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** What clients trust. */
  readonly tlsCaPem: string;
  /** A client certificate that it knows. */
  readonly client: { readonly certificatePem: string; readonly keyPem: string };
  /** Why it has refused requests, oldest first: for the message of a test that fails. */
  readonly refusals: readonly string[];
  /** What it was asked, oldest first: `POST /path 200`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/**
 * Reads a JSON body that must have exactly the fields of a schema made with `z.strictObject`.
 * @returns the value, or in words what is wrong with the request.
 */
export function readJson<S extends z.ZodType>(request: ServedRequest, schema: S): Result<z.output<S>, string> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return err(`the content type must be application/json, not ${type ?? 'none'}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  } catch {
    return err('the body is no JSON in UTF-8');
  }
  const read = schema.safeParse(value);
  if (read.success) return ok(read.data);
  return err(read.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '));
}

/** Starts a stand-in of these routes over TLS. */
export async function startStandIn({ routes, errorBody }: StandInOptions): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-stand-in-'));
  const around = await createTestCa(folder, 'stand-in tls root');
  const [server, client] = await Promise.all([around.server('stand-in'), around.client('client')]);
  const refusals: string[] = [];
  const requests: string[] = [];

  async function route(request: ServedRequest): Promise<StandInReply> {
    const here = routes.flatMap((each) => {
      const path = each.path.exec(request.path);
      return path === null ? [] : [{ each, path }];
    });
    if (here.length === 0) return refuse(404, 'there is no such path');
    const found = here.find(({ each }) => each.methods.includes(request.method));
    return found === undefined ? refuse(405, 'the method is not allowed here') : await found.each.answer(request, found.path);
  }

  function refuse(status: number, reason: string): StandInReply {
    return { status, body: errorBody(status, reason), refusal: reason };
  }

  const listening = await startTestServer({
    certificate: server.certificatePem,
    key: server.keyPem,
    clientCaPems: [around.certificatePem],
    async answer(request) {
      const { status, body, refusal } = await route(request);
      const line = `${request.method} ${request.path}`;
      requests.push(`${line} ${status}`);
      if (refusal !== undefined) refusals.push(`${line}: ${status} ${refusal}`);
      const text = typeof body === 'string';
      return {
        status,
        headers: { 'Content-Type': text ? 'text/plain' : 'application/json' },
        body: text ? body : JSON.stringify(body),
      };
    },
  });
  return {
    url: listening.url,
    tlsCaPem: around.certificatePem,
    client,
    refusals,
    requests,
    async close() {
      await listening.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
