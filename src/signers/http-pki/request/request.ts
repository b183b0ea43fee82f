import { err, ok, type Result } from '../../../lib/result.ts';
import type { PkiProblem } from '../problem.ts';
import type { WrittenRequest } from '../schema/request.ts';
import type { RequestTemplate } from '../template/contract.ts';
import { createBudget } from '../template/engine.ts';
import { compileRecord, type RecordTemplate } from '../template/record.ts';
import { type BodyTemplate, compileBody } from './body.ts';
import { compileHeaders, type HeadersTemplate } from './headers.ts';
import { compileUrl, type UrlTemplate, withParameters } from './url.ts';

/** A request whose parts are compiled. */
interface RequestParts {
  readonly method: string;
  readonly url: UrlTemplate;
  readonly query: RecordTemplate;
  readonly headers: HeadersTemplate;
  readonly body?: BodyTemplate;
}

/**
 * Compiles a request of the configuration. Whatever the values are, the rendered request has the method, the address, the parameters,
 * the headers and the structure of the body that are written there.
 * @param field the path of the request, with which errors begin: `pki.steps[0]`.
 */
export function compileRequest(written: WrittenRequest, field: string): Result<RequestTemplate, string> {
  const { method = written.body === undefined ? 'GET' : 'POST' } = written;
  if (method === 'GET' && written.body !== undefined) {
    return err(`${field}.body: a GET has no body; use POST, or put the values into query`);
  }
  const url = compileUrl(written.url, `${field}.url`);
  if (!url.ok) return url;
  const query = compileRecord(written.query ?? {}, `${field}.query`);
  if (!query.ok) return query;
  const headers = compileHeaders(written.headers ?? {}, `${field}.headers`);
  if (!headers.ok) return headers;
  const parts = { method, url: url.value, query: query.value, headers: headers.value };
  if (written.body === undefined) return ok(requestTemplate(parts));
  if (headers.value.names.has('content-type')) {
    return err(`${field}.headers: the content type is a field of the body; use body.contentType`);
  }
  const body = compileBody(written.body, `${field}.body`);
  return body.ok ? ok(requestTemplate({ ...parts, body: body.value })) : body;
}

function requestTemplate(parts: RequestParts): RequestTemplate {
  const { method } = parts;
  return {
    render(values, base) {
      const budget = createBudget();
      const url = parts.url.render(values, base, budget);
      if (!url.ok) return url;
      const query = parts.query.render(values, budget);
      if (!query.ok) return incomplete(query.error);
      const headers = parts.headers.render(values, budget);
      if (!headers.ok) return incomplete(headers.error);
      const request = { method, url: withParameters(url.value, query.value), headers: headers.value };
      if (parts.body === undefined) return ok(request);
      const body = parts.body.render(values, budget);
      if (!body.ok) return incomplete(body.error);
      headers.value.set('content-type', body.value.contentType);
      return ok({ ...request, body: body.value.bytes });
    },
  };
}

function incomplete(message: string): Result<never, PkiProblem> {
  return err({ code: 'RequestIncomplete', message });
}
