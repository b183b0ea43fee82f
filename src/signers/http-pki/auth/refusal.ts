import { err, type Result } from '../../../lib/result.ts';
import { ended } from '../../../lib/sentence.ts';
import { type HttpFailure, isMisconfigured } from '../../network/exchange.ts';
import type { ReadAnswer } from '../response/contract.ts';
import { readRetryAfter } from '../../network/retry-after.ts';
import type { AuthFailure } from './contract.ts';
import { serverWords } from './server-words.ts';

/** A server that gives tokens, for messages. */
export interface TokenServer {
  /** `the token endpoint (pki.auth.oauth2.tokenUrl)` */
  readonly what: string;
  /** The field where the token's place is written. */
  readonly field: string;
  /** What must not be shown, should the server repeat it. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Statuses that say to come back later, besides 5xx. */
const later: ReadonlySet<number> = new Set([408, 425, 429]);

/** No answer: what a mistake in the configuration causes does not mend by waiting, all else may. */
export function unanswered({ code, message, cause }: HttpFailure): Result<never, AuthFailure> {
  const outcome = isMisconfigured(code) ? 'issuer-broken' : 'retry';
  return err({ outcome, code, message, ...(cause === undefined ? {} : { cause }) });
}

/** An answer that is no success. */
export function refusal(answer: ReadAnswer, server: TokenServer): Result<never, AuthFailure> {
  const { status, url, headers } = answer;
  const words = serverWords(answer.document, server.secrets);
  const said = `${capital(server.what)} at ${url.host} answered ${status}${words === '' ? '' : `: ${words}`}`;
  if (status >= 500 || later.has(status)) {
    const afterMs = readRetryAfter(headers, server.now());
    return err({
      outcome: 'retry',
      code: 'CAUnavailable',
      message: ended(said),
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  const refused = status === 400 || status === 401 || status === 403;
  const advice = refused
    ? 'Correct the credential in the Secret, or what the server knows of it'
    : `Correct ${server.field}, or the address`;
  return err({
    outcome: 'issuer-broken',
    code: refused ? 'CAAuthRefused' : 'CAResponseInvalid',
    message: `${ended(said)} ${advice}.`,
  });
}

/** A success from which no token can be read. @param clause what is wrong with it, and what to do. */
export function unreadable({ url }: ReadAnswer, { what, field }: TokenServer, clause: string): Result<never, AuthFailure> {
  const message = `${field}: the answer of ${what} at ${url.host} ${clause}.`;
  return err({ outcome: 'issuer-broken', code: 'CAResponseInvalid', message });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
