import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';
import type { WrittenAuth } from '../schema/auth.ts';
import { addToBody } from './body-parameter.ts';
import { configError } from './problems.ts';

/** Puts a credential into a request. */
export type Place = (request: HttpRequest, credential: string) => Result<HttpRequest, PkiProblem>;

/** The header where nothing else is written, and what stands before the credential in it. */
export interface UsualHeader {
  readonly name: string;
  /** Not set: "Bearer " in Authorization, else nothing. */
  readonly prefix?: string;
}

/** Headers that make the message what it is; a credential in them would break it. */
const headersOfTheMessage: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What may stand in a header (RFC 9110 section 5.5), blanks at its ends apart. */
const headerValue = /^[\x20-\x7e\t]*$/;

/** Reads where the issuer wants the credential; each of the fields must mean something there. */
export function createPlace(auth: WrittenAuth, usual: UsualHeader): Result<Place, ConfigProblem> {
  const { in: where, name } = auth;
  if (where !== 'header') {
    const unused = auth.headerName === undefined ? auth.headerPrefix : auth.headerName;
    const field = auth.headerName === undefined ? 'headerPrefix' : 'headerName';
    if (unused !== undefined) return configError(`pki.auth.${field}: means nothing where in is ${where}; remove it`);
  }
  if (where === 'header' || where === 'template') {
    if (name !== undefined) {
      return configError(`pki.auth.name: means nothing where in is ${where}; remove it, or set in to query or body`);
    }
    return where === 'template' ? ok((request) => ok(request)) : inHeader(auth, usual);
  }
  if (name === undefined) return configError(`pki.auth.name: required where in is ${where}: the name of the parameter`);
  return ok((request, credential) =>
    where === 'query' ? ok(addToQuery(request, name, credential)) : addToBody(request, name, credential),
  );
}

function inHeader(auth: WrittenAuth, usual: UsualHeader): Result<Place, ConfigProblem> {
  const name = (auth.headerName ?? usual.name).toLowerCase();
  if (headersOfTheMessage.has(name)) {
    return configError(`pki.auth.headerName: ${name} belongs to the HTTP message itself; name another header`);
  }
  const prefix = auth.headerPrefix ?? usual.prefix ?? (name === 'authorization' ? 'Bearer ' : '');
  return ok((request, credential) => {
    if (!headerValue.test(credential)) {
      const message = `pki.auth: the credential has characters that header ${name} cannot hold, such as a line break; correct it, or set pki.auth.in`;
      return err({ code: 'AuthError', message });
    }
    return ok({ ...request, headers: new Map([...request.headers, [name, prefix + credential]]) });
  });
}

/** A parameter of that name that is there already, as in an address that the CA gave, is replaced. */
function addToQuery(request: HttpRequest, name: string, value: string): HttpRequest {
  const url = new URL(request.url);
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && ![...new URLSearchParams(pair).keys()].includes(name));
  url.search = [...others, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join('&');
  return { ...request, url };
}
