import { err, ok, type Result } from '../../../lib/result.ts';
import type { PkiProblem } from '../problem.ts';
import { type BudgetedTemplate, compileText, hasPlaceholder } from '../template/compile.ts';
import type { Budget } from '../template/engine.ts';
import { percentEncode } from '../template/escape.ts';
import { onlyPlaceholder } from '../template/leaf.ts';
import type { Pair } from '../template/record.ts';
import type { TemplateValues } from '../template/values.ts';
import { compileGivenAddress } from './given-address.ts';
import { indexOutside, literalOf } from './literal.ts';

/** An address of the configuration, compiled. */
export interface UrlTemplate {
  /** Builds the address; its origin is always that of `base`. */
  render(values: TemplateValues, base: URL, budget: Budget): Result<URL, PkiProblem>;
}

/** Pairs as application/x-www-form-urlencoded, in their order; a space is %20, which every reader takes. */
export function encodePairs(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

/**
 * Compiles an address: nothing (base itself), a path below base, an address with the origin of base, or one placeholder for an address
 * that the CA has given. No value can leave its segment of the path or its parameter of the query.
 */
export function compileUrl(written: string | undefined, field: string): Result<UrlTemplate, string> {
  if (written === undefined) return ok({ render: (_values, base) => ok(withoutFragment(base)) });
  const expression = hasPlaceholder(written) ? onlyPlaceholder(written) : undefined;
  if (expression !== undefined) return compileGivenAddress(expression, field);
  const split = splitOrigin(written.trim());
  if (!split.ok) return err(`${field}: ${split.error}`);
  const { origin, rest } = split.value;
  const mark = indexOutside(rest, '?');
  const [pathText, queryText] = mark === -1 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)];
  const problem = literalProblem(pathText, queryText);
  if (problem !== undefined) return err(`${field}: ${problem}`);
  const path = compileText(pathText, 'url');
  if (!path.ok) return err(`${field}: ${path.error}`);
  const query = compileText(queryText, 'query');
  if (!query.ok) return err(`${field}: ${query.error}`);
  return ok(urlTemplate({ origin, path: path.value, query: query.value, field }));
}

interface UrlParts {
  readonly origin: string | undefined;
  readonly path: BudgetedTemplate;
  readonly query: BudgetedTemplate;
  readonly field: string;
}

function urlTemplate({ origin, path, query, field }: UrlParts): UrlTemplate {
  return {
    render(values, base, budget) {
      if (origin !== undefined && origin !== base.origin) {
        const message = `${field}: it is an address at ${origin}, but requests go to ${base.origin}; write a path, which is added to baseUrl`;
        return err({ code: 'ConfigError', message });
      }
      const rendered = path.render(values, budget);
      if (!rendered.ok) return incomplete(field, rendered.error);
      const problem = pathProblem(rendered.value);
      if (problem !== undefined) return incomplete(field, problem);
      const parameters = query.render(values, budget);
      if (!parameters.ok) return incomplete(field, parameters.error);
      const below = origin === undefined;
      const search = [below ? base.search.slice(1) : '', parameters.value].filter((part) => part !== '').join('&');
      const where = joinPath(below ? base.pathname : '/', rendered.value);
      return ok(new URL(`${base.origin}${where}${search === '' ? '' : `?${search}`}`));
    },
  };
}

function incomplete(field: string, error: string): Result<never, PkiProblem> {
  return err({ code: 'RequestIncomplete', message: `${field}: ${error}` });
}

function joinPath(base: string, path: string): string {
  if (path === '') return base;
  return `${base.replace(/\/+$/, '')}${path.startsWith('/') ? '' : '/'}${path}`;
}

function withoutFragment(base: URL): URL {
  const url = new URL(base);
  url.hash = '';
  return url;
}

/** Adds parameters after those that an address has. */
export function withParameters(url: URL, pairs: readonly Pair[]): URL {
  if (pairs.length === 0) return url;
  const added = new URL(url);
  added.search = [url.search.slice(1), encodePairs(pairs)].filter((part) => part !== '').join('&');
  return added;
}

function splitOrigin(text: string): Result<{ readonly origin: string | undefined; readonly rest: string }, string> {
  const [, authority, rest = ''] = /^(https?:\/\/[^/?#{]*)([^]*)$/i.exec(text) ?? [];
  if (authority === undefined) {
    if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return ok({ origin: undefined, rest: text });
    return err('it must be a path that is added to baseUrl, or an address that begins with https://');
  }
  const url = URL.parse(authority);
  if (url === null || !/^[/?]|^$/.test(rest)) return err('the host of an address must be written out, without placeholders');
  if (url.username !== '' || url.password !== '' || authority.includes('@')) {
    return err('an address must not hold a user or password; use auth');
  }
  return ok({ origin: url.origin, rest });
}

function literalProblem(pathText: string, queryText: string): string | undefined {
  const [path, query] = [literalOf(pathText), literalOf(queryText)];
  if (/[\s\\\p{Cc}]/u.test(path + query)) return 'white space and "\\" must be percent-encoded';
  if ((path + query).includes('#')) return 'a fragment ("#") is never sent; take it away, or write %23';
  return pathProblem(path);
}

/** What would make a path mean another one; values alone cannot, but `..` has no safe way to be written. */
function pathProblem(path: string): string | undefined {
  if (path.includes('//')) return 'its path has an empty segment ("//")';
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return 'its path has a segment "." or ".."';
  return undefined;
}
