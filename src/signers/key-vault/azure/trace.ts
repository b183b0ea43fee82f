import type { HttpAnswer, HttpRequest } from '../../network/exchange.ts';
import { codesOf, jsonOf, memberOf } from './words.ts';

/** The line that says what is sent: `POST https://team.vault.azure.net/keys/ca/0123…/sign ES384`; no header, query or body. */
export function sentLine({ method, url, body }: HttpRequest): string {
  const signs = method === 'POST' && /\/keys\/[^/]+\/[^/]+\/sign$/.test(url.pathname);
  const algorithm = signs && body !== undefined ? memberOf(jsonOf(Buffer.from(body).toString()), 'alg') : undefined;
  return [`${method} ${url.origin}${url.pathname}`, ...codesOf([algorithm], [])].join(' ');
}

/** The line that says what was answered: the status, and of an error its codes. */
export function answeredLine({ status, body }: Pick<HttpAnswer, 'status' | 'body'>, secrets: Iterable<string>): string {
  const error = status < 400 ? undefined : memberOf(jsonOf(Buffer.from(body).toString()), 'error');
  const codes = [error, memberOf(error, 'code'), memberOf(memberOf(error, 'innererror'), 'code')];
  return [String(status), ...codesOf(codes, secrets)].join(' ');
}
