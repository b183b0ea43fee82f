import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem, IssuerIdentity } from '../../signer.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import { compileRequest } from '../request/request.ts';
import type { ReadAnswer, Selector } from '../response/contract.ts';
import { readAnswer } from '../response/read-answer.ts';
import { createSelector } from '../response/selector.ts';
import type { WrittenAuth, WrittenLogin } from '../schema/auth.ts';
import type { RequestTemplate } from '../template/contract.ts';
import type { TemplateValues } from '../template/values.ts';
import { cachedTokenAuthenticator, noTime, type TokenSource } from './cached-token.ts';
import type { Authenticator, AuthContext, AuthFailure } from './contract.ts';
import { masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { createPlace } from './place.ts';
import { authError, configError } from './problems.ts';
import { createRecentSecrets } from './recent-secrets.ts';
import { refusal, unanswered, unreadable, type TokenServer } from './refusal.ts';
import { hiddenTexts } from './secret-keys.ts';
import type { FetchedToken } from './token-cache.ts';
import { requireSecretKeys } from './template-secrets.ts';
import { defaultLifetimeMs, lifetimeOf, tokenText } from './token-text.ts';

const field = 'pki.auth.login';

interface Paths {
  readonly token: Selector;
  readonly lifetime?: Selector;
}

/** Gives the token of the ServiceAccount that a login needs, '' where it needs none. */
type AccountToken = (signal: AbortSignal) => Promise<Result<string, AuthFailure>>;

/** The type login: a token that a first request gives, as Vault does. */
export function createLogin(auth: WrittenAuth, login: WrittenLogin, input: AuthInput): Result<Authenticator, ConfigProblem> {
  const { token, lifetime, serviceAccountRef, ...written } = login;
  if (input.secretKey !== undefined) {
    return configError(
      `pki.auth.type: is login, so the key "${input.secretKey}" of the reference to the Secret means nothing; remove it, and write {{ secret["${input.secretKey}"] }} into the login`,
    );
  }
  const place = createPlace(auth, { name: 'Authorization' });
  if (!place.ok) return place;
  const request = compileRequest(written, field);
  if (!request.ok) return configError(request.error);
  const used = requireSecretKeys(written, input, field);
  if (!used.ok) return used;
  const paths = readPaths(token, lifetime);
  if (!paths.ok) return configError(paths.error);
  const recent = createRecentSecrets();
  const accountToken = accountTokenOf(serviceAccountRef, input, recent.add);
  if (!accountToken.ok) return accountToken;
  const hidden = hiddenTexts(input);
  const secrets = (): readonly string[] => [...hidden, ...recent.list()];

  const source: TokenSource = {
    keyOf: (values, { base }) => {
      const rendered = render(request.value, { ...values, ...noTime }, masked, base);
      return rendered.ok ? ok(hashOf(rendered.value)) : rendered;
    },
    async fetch(values, { client, base, signal }) {
      const account = await accountToken.value(signal);
      if (!account.ok) return account;
      const rendered = render(request.value, values, account.value, base);
      if (!rendered.ok) return rendered;
      const sent = await client.send(rendered.value, signal);
      if (!sent.ok) return unanswered(sent.error);
      const server = { what: `the login (${field})`, field: `${field}.token`, secrets: secrets(), now: input.clock.now };
      return readToken(readAnswer(sent.value), paths.value, server);
    },
  };
  return ok(cachedTokenAuthenticator(source, place.value, secrets, input.clock));
}

function readPaths(token: string, lifetime: string | undefined): Result<Paths, string> {
  const selectToken = createSelector(token, `${field}.token`);
  if (!selectToken.ok) return selectToken;
  if (lifetime === undefined) return ok({ token: selectToken.value });
  const selectLifetime = createSelector(lifetime, `${field}.lifetime`);
  return selectLifetime.ok ? ok({ token: selectToken.value, lifetime: selectLifetime.value }) : selectLifetime;
}

function render(
  request: RequestTemplate,
  values: TemplateValues,
  serviceAccountToken: string,
  base: AuthContext['base'],
): Result<HttpRequest, AuthFailure> {
  const auth = serviceAccountToken === '' ? {} : { serviceAccountToken };
  const rendered = request.render({ ...values, auth }, base);
  return rendered.ok ? rendered : err({ outcome: 'failed', ...rendered.error });
}

function hashOf({ method, url, headers, body }: HttpRequest): string {
  const head = JSON.stringify([method, url.href, [...headers]]);
  return createHash('sha256')
    .update(head)
    .update('\n')
    .update(body ?? '')
    .digest('hex');
}

function accountTokenOf(
  ref: WrittenLogin['serviceAccountRef'],
  { requestToken, issuer }: AuthInput,
  note: (token: string) => void,
): Result<AccountToken, ConfigProblem> {
  if (ref === undefined) return ok(async () => await Promise.resolve(ok('')));
  if (requestToken === undefined) {
    return authError(
      `${field}.serviceAccountRef: needs a cluster, whose API server makes the token of ServiceAccount "${ref.name}"; ` +
        'use this issuer in a cluster, or log in with a Secret',
    );
  }
  const wish = { serviceAccount: ref.name, audience: ref.audience ?? audienceOf(issuer) };
  return ok(async (signal) => {
    const answer = await requestToken(wish, signal);
    if (!answer.ok) {
      const { code, message } = answer.error;
      return err({
        outcome: code === 'AuthError' ? 'issuer-broken' : 'retry',
        code,
        message: `${field}.serviceAccountRef: ${message}`,
      });
    }
    note(answer.value.token);
    return ok(answer.value.token);
  });
}

/** Says whom the token is for, so that no other issuer's login takes it. */
function audienceOf({ name, namespace }: IssuerIdentity): string {
  return namespace === undefined ? `vault://${name}` : `vault://${namespace}/${name}`;
}

function readToken(answer: ReadAnswer, paths: Paths, server: TokenServer): Result<FetchedToken, AuthFailure> {
  if (answer.status < 200 || answer.status > 299) return refusal(answer, server);
  const token = tokenText(paths.token(answer));
  if (!token.ok) return unreadable(answer, server, `${token.error}; correct the path`);
  if (paths.lifetime === undefined) return ok({ token: token.value, lifetimeMs: defaultLifetimeMs });
  const lifetimeMs = lifetimeOf(paths.lifetime(answer));
  if (lifetimeMs === undefined) {
    return unreadable(
      answer,
      { ...server, field: `${field}.lifetime` },
      'has no number of seconds there; correct the path, or remove it',
    );
  }
  // Vault writes 0 for a token that does not end.
  return ok({ token: token.value, lifetimeMs: lifetimeMs === 0 ? defaultLifetimeMs : lifetimeMs });
}
