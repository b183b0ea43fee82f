import { err, ok, type Result } from '../../../lib/result.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';

/**
 * Adds a parameter to a body that is a form or a JSON object, whose bytes stay as they are otherwise. A request without a
 * body has no place for one, and stays as it is.
 */
export function addToBody(request: HttpRequest, name: string, value: string): Result<HttpRequest, PkiProblem> {
  if (request.body === undefined) return ok(request);
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  const mediaType = type.trim().toLowerCase();
  const text = Buffer.from(request.body).toString('utf8');
  const changed = adder(mediaType)(text, name, value);
  if (!changed.ok) return problem(changed.error);
  return ok({ ...request, body: Buffer.from(changed.value, 'utf8') });
}

type Adder = (text: string, name: string, value: string) => Result<string, string>;

function adder(mediaType: string): Adder {
  if (mediaType === 'application/x-www-form-urlencoded') return addToForm;
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return addToJson;
  return () =>
    err(
      `is body, but the content type of the request is ${mediaType.slice(0, 64) || 'not set'}; a parameter can be added to a form or to a JSON object only. ` +
        'Set in to template, and write {{ auth.token }} into the body',
    );
}

function addToForm(text: string, name: string, value: string): Result<string, string> {
  if (new URLSearchParams(text).has(name)) return err(alreadyThere(name));
  const pair = new URLSearchParams([[name, value]]).toString();
  return ok(text === '' ? pair : `${text}&${pair}`);
}

/** In front of the other members, so that none of them is written anew: large numbers would change. */
function addToJson(text: string, name: string, value: string): Result<string, string> {
  const document = parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return err('is body, but the body is not a JSON object; set in to template, and write {{ auth.token }} into the body');
  }
  if (Object.hasOwn(document, name)) return err(alreadyThere(name));
  const rest = text.slice(text.indexOf('{') + 1);
  const comma = Object.keys(document).length === 0 ? '' : ',';
  return ok(`{${JSON.stringify(name)}:${JSON.stringify(value)}${comma}${rest}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function alreadyThere(name: string): string {
  return `is body, but the body has a parameter ${name} already; remove it there, or change pki.auth.name`;
}

function problem(clause: string): Result<never, PkiProblem> {
  return err({ code: 'ConfigError', message: `pki.auth.in: ${clause}` });
}
