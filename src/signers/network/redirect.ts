import type { HttpRequest } from './exchange.ts';
import { hostAndPort } from './proxy.ts';
import type { RawAnswer } from './send-once.ts';

/** What is made of an answer: it is the one, there is another request to send, or its redirect is refused. */
export type Redirect =
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly request: HttpRequest }
  | { readonly kind: 'refuse'; readonly message: string };

const mostRedirects = 5;
const none: Redirect = { kind: 'none' };

/**
 * Decides on a redirect (RFC 9110 section 15.4): followed within the origin, with the same method and body. What is not GET
 * or HEAD is sent again only where the server says so (307, 308): a 301, 302 or 303 may mean that it was done.
 */
export function redirectOf(request: HttpRequest, answer: RawAnswer, followed: number): Redirect {
  const { status } = answer;
  const location = answer.headers.get('location');
  const safe = request.method === 'GET' || request.method === 'HEAD';
  const follows = status === 307 || status === 308 || (safe && (status === 301 || status === 302 || status === 303));
  if (!follows || location === undefined || !URL.canParse(location, request.url.href)) return none;
  const target = new URL(location, request.url);
  const where = hostAndPort(request.url);
  if (target.origin !== request.url.origin) {
    const other = target.origin === 'null' ? target.protocol : target.origin;
    const message = `${where}: answered ${status} with a redirect to another origin, ${other.slice(0, 120)}, where neither credentials nor CSRs may go; if that is the CA, make it the address`;
    return { kind: 'refuse', message };
  }
  if (followed >= mostRedirects) {
    return { kind: 'refuse', message: `${where}: redirected more than ${mostRedirects} times; check the address` };
  }
  return { kind: 'follow', request: { ...request, url: target } };
}
