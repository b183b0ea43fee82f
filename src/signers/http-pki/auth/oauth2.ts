import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import type { ReadAnswer } from '../response/contract.ts';
import { readAnswer } from '../response/read-answer.ts';
import type { WrittenAuth, WrittenOAuth2 } from '../schema/auth.ts';
import { compileRecord, type Pair, type RecordTemplate } from '../template/record.ts';
import type { TemplateValues } from '../template/values.ts';
import { cachedTokenAuthenticator, noTime, type TokenSource } from './cached-token.ts';
import { createClientProof, type ClientProof } from './client-authentication.ts';
import type { Authenticator, AuthFailure } from './contract.ts';
import type { AuthInput } from './input.ts';
import { createPlace } from './place.ts';
import { configError, incomplete } from './problems.ts';
import { createRecentSecrets } from './recent-secrets.ts';
import { refusal, unanswered, unreadable, type TokenServer } from './refusal.ts';
import { hiddenTexts } from './secret-keys.ts';
import type { FetchedToken } from './token-cache.ts';
import { requireSecretKeys } from './template-secrets.ts';
import { defaultLifetimeMs, lifetimeOf, tokenText } from './token-text.ts';

const field = 'pki.auth.oauth2';

/** What the request has by itself. */
const ownParameters = ['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type'] as const;

/**
 * The type oauth2: the client credentials grant.
 * @see RFC 6749 section 4.4
 */
export function createOAuth2(auth: WrittenAuth, oauth2: WrittenOAuth2, input: AuthInput): Result<Authenticator, ConfigProblem> {
  const place = createPlace(auth, { name: 'Authorization' });
  if (!place.ok) return place;
  const url = readTokenUrl(oauth2.tokenUrl);
  if (!url.ok) return configError(url.error);
  const twice = givenTwice(oauth2);
  if (twice !== undefined) {
    return configError(`${field}.parameters.${twice}: the request has this parameter by itself; remove it here`);
  }
  const parameters = compileRecord(oauth2.parameters ?? {}, `${field}.parameters`);
  if (!parameters.ok) return configError(parameters.error);
  const used = requireSecretKeys(oauth2.parameters, input, `${field}.parameters`);
  if (!used.ok) return used;
  const prover = createClientProof(oauth2, input);
  if (!prover.ok) return prover;

  const hidden = hiddenTexts(input);
  const recent = createRecentSecrets();
  const secrets = (): readonly string[] => [...hidden, ...recent.list()];
  const source: TokenSource = {
    keyOf: (values) => {
      const further = furtherParameters(parameters.value, { ...values, ...noTime });
      return further.ok ? ok(JSON.stringify(further.value)) : further;
    },
    async fetch(values, { client, signal }) {
      const further = furtherParameters(parameters.value, values);
      if (!further.ok) return further;
      const proof = await prover.value.prove();
      for (const secret of proof.secrets) recent.add(secret);
      const sent = await client.send(requestFor(url.value, proof, [...standard(oauth2), ...further.value]), signal);
      if (!sent.ok) return unanswered(sent.error);
      const what = 'the token endpoint';
      const server = { what, field: `${field}.tokenUrl`, secrets: secrets(), now: input.clock.now };
      return readToken(readAnswer(sent.value), server);
    },
  };
  return ok({
    ...cachedTokenAuthenticator(source, place.value, secrets, input.clock),
    previewTokenRequest(values) {
      const further = furtherParameters(parameters.value, values);
      if (!further.ok) return further;
      return ok(requestFor(url.value, prover.value.preview, [...standard(oauth2), ...further.value]));
    },
  });
}

function readTokenUrl(text: string): Result<URL, string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const advice = 'write an address such as https://login.example.com/oauth2/token';
  if (url === undefined || !/^https?:$/.test(url.protocol)) return err(`${field}.tokenUrl: is not an address; ${advice}`);
  if (url.username !== '' || url.password !== '') {
    return err(`${field}.tokenUrl: holds a user or a password, which belong into the Secret; ${advice}`);
  }
  return ok(url);
}

function givenTwice({ parameters = {}, scopes, audience }: WrittenOAuth2): string | undefined {
  const own: string[] = [...ownParameters];
  if (scopes !== undefined) own.push('scope');
  if (audience !== undefined) own.push('audience');
  return own.find((name) => Object.hasOwn(parameters, name));
}

function standard({ scopes, audience }: WrittenOAuth2): readonly Pair[] {
  return [
    ['grant_type', 'client_credentials'],
    ...(scopes === undefined ? [] : [['scope', scopes.join(' ')] as const]),
    ...(audience === undefined ? [] : [['audience', audience] as const]),
  ];
}

function furtherParameters(template: RecordTemplate, values: TemplateValues): Result<readonly Pair[], AuthFailure> {
  const rendered = template.render(values);
  return rendered.ok ? rendered : incomplete(rendered.error);
}

function requestFor(url: URL, proof: ClientProof, parameters: readonly Pair[]): HttpRequest {
  const form = new URLSearchParams();
  for (const [name, value] of [...parameters, ...proof.parameters]) form.append(name, value);
  return {
    method: 'POST',
    url,
    headers: new Map([['accept', 'application/json'], ['content-type', 'application/x-www-form-urlencoded'], ...proof.headers]),
    body: Buffer.from(form.toString(), 'utf8'),
  };
}

function readToken(answer: ReadAnswer, server: TokenServer): Result<FetchedToken, AuthFailure> {
  if (answer.status < 200 || answer.status > 299) return refusal(answer, server);
  const { document } = answer;
  if (typeof document !== 'object' || document === null) {
    return unreadable(answer, server, 'is not JSON; it may be the address of a page for people');
  }
  const { access_token: value, token_type: type, expires_in: seconds } = document as Readonly<Record<string, unknown>>;
  const token = tokenText(value);
  if (!token.ok)
    return unreadable(answer, server, `is wrong in access_token: it ${token.error}; use the address of a token endpoint`);
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer')) {
    return unreadable(
      answer,
      server,
      'has a token_type that is not Bearer, and others are not supported; have the server give bearer tokens',
    );
  }
  return ok({ token: token.value, lifetimeMs: lifetimeOf(seconds) ?? defaultLifetimeMs });
}
