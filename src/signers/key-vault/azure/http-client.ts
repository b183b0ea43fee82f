import {
  createHttpHeaders,
  type HttpClient as SdkHttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { withDeadline } from '../../../lib/deadline.ts';
import { CodedError } from '../../../lib/errors.ts';
import { err, type Result } from '../../../lib/result.ts';
import type { HttpAnswer, HttpClient, HttpFailure, HttpFailureCode, HttpRequest } from '../../network/exchange.ts';
import type { ExchangeRecord, ExchangeRecords } from './exchange-record.ts';
import { answeredLine, sentLine } from './trace.ts';

/** There is no answer. */
export class VaultNetworkError extends CodedError<HttpFailureCode> {
  readonly failure: HttpFailure;

  constructor(failure: HttpFailure) {
    super(failure.code, failure.message, { cause: failure.cause });
    this.failure = failure;
  }
}

/** Which requests are let through. */
export interface SdkHttpClientOptions {
  readonly records: ExchangeRecords;
  /** Only to there, whatever address an answer names for the next page. Absent: anywhere, as for token endpoints. */
  readonly origin?: string;
  readonly clock?: Clock;
}

const proofFields = ['client_secret', 'client_assertion'] as const;

/**
 * Has the SDK speak over the connections of this project, so that its address policy (design rule 13), proxies, roots and limits hold
 * for the vault and for Microsoft Entra ID. Rejects with `VaultNetworkError` where there is no answer, or with the reason of a signal.
 */
export function createSdkHttpClient(http: HttpClient, options: SdkHttpClientOptions): SdkHttpClient {
  const { records, origin, clock = systemClock } = options;

  async function exchange(request: HttpRequest, { timeout, abortSignal }: PipelineRequest, record: ExchangeRecord | undefined) {
    if (origin !== undefined && request.url.origin !== origin) return err(elsewhere(request.url));
    const signals = [record?.signal, abortSignal].filter((signal) => signal instanceof AbortSignal);
    const signal = AbortSignal.any(signals);
    if (!(timeout > 0)) return await http.send(request, signal);
    return await sendWithin(clock, timeout, (within) => http.send(request, within), signal);
  }

  return {
    async sendRequest(request) {
      const record = records.getStore();
      const asked = httpRequestOf(request);
      for (const secret of secretsOf(asked)) record?.secrets.add(secret);
      delete record?.answer;
      delete record?.failure;
      record?.trace?.({ part: 'sent', text: sentLine(asked) });
      const result = await exchange(asked, request, record);
      if (!result.ok) {
        if (record !== undefined) record.failure = { host: asked.url.host, failure: result.error };
        throw new VaultNetworkError(result.error);
      }
      record?.trace?.({ part: 'answered', text: answeredLine(result.value, record.secrets) });
      const text = Buffer.from(result.value.body).toString();
      const { status, headers } = result.value;
      if (record !== undefined) record.answer = { status, headers, text, withToken: asked.headers.has('authorization') };
      return {
        request,
        status,
        headers: createHttpHeaders(Object.fromEntries(headers)),
        bodyAsText: text,
      } satisfies PipelineResponse;
    },
  };
}

function httpRequestOf({ url, method, headers, body }: PipelineRequest): HttpRequest {
  const fields = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
  // The client's own is enough: what the SDK says of the machine is nobody's business.
  fields.delete('user-agent');
  const bytes = bytesOf(body);
  return { method, url: new URL(url), headers: fields, ...(bytes === undefined ? {} : { body: bytes }) };
}

function bytesOf(body: PipelineRequest['body']): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError('a vault is sent text or bytes, and nothing else');
}

/** What the request proves the identity with: no message may repeat it. */
function secretsOf({ headers, body }: HttpRequest): readonly string[] {
  const token = headers.get('authorization')?.replace(/^Bearer /i, '');
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new URLSearchParams(isForm && body !== undefined ? Buffer.from(body).toString() : '');
  return [token, ...proofFields.map((field) => form.get(field))].flatMap((secret) => secret ?? []);
}

async function sendWithin(
  clock: Clock,
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<Result<HttpAnswer, HttpFailure>>,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, HttpFailure>> {
  try {
    return await withDeadline(clock, timeoutMs, send, signal);
  } catch (cause) {
    signal.throwIfAborted();
    return err({ code: 'CATimeout', message: `there is no answer within ${timeoutMs / 1000} s`, sent: true, cause });
  }
}

function elsewhere({ origin }: URL): HttpFailure {
  const message = `an answer of the vault names another address to go on at, ${origin.slice(0, 120)}, where its token must not go`;
  return { code: 'AddressRefused', message, sent: false };
}
