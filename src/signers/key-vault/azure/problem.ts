import { sentence } from '../../../lib/sentence.ts';
import type { VaultOperation, VaultProblem } from '../vault.ts';
import { answerFinding, type Asked, unreadable } from './answer-problem.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { type Finding, findCause, wordsOf } from './finding.ts';
import { networkFinding } from './network-problem.ts';
import { tokenFinding, type TokenContext } from './token-problem.ts';
import { ScopeError, vaultScopes } from './token-scopes.ts';
import { TokenError } from './tokens.ts';
import { memberOf, quoted } from './words.ts';

/** What was tried, in the words of its failure. */
const failures: Readonly<Record<VaultOperation, (name: string, vaultUrl: string) => string>> = {
  'keys/get': (name, vaultUrl) => `the key "${name}" of ${vaultUrl} cannot be read`,
  'keys/list': (name, vaultUrl) => `the versions of the key "${name}" of ${vaultUrl} cannot be listed`,
  'keys/sign': (name, vaultUrl) => `the key "${name}" of ${vaultUrl} does not sign`,
  'keys/create': (name, vaultUrl) => `the key "${name}" cannot be made in ${vaultUrl}`,
  'secrets/get': (name, vaultUrl) => `the secret "${name}" of ${vaultUrl} cannot be read`,
  'secrets/set': (name, vaultUrl) => `the secret "${name}" cannot be written to ${vaultUrl}`,
  'certificates/get': (name, vaultUrl) => `the certificate "${name}" of ${vaultUrl} cannot be read`,
};

/** Says in whole sentences what was asked, what came of it, and what to do. */
export function problemOf({ operation, name, vaultUrl }: Asked, finding: Finding): VaultProblem {
  const { code, what, advice, answered, afterMs, cause } = finding;
  return {
    operation,
    code,
    message: [`${failures[operation](name, vaultUrl)}: ${what}; ${advice}`, answered ?? []].flat().map(sentence).join(' '),
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/**
 * Sorts what the SDK threw by what the call came to on the wire. Pure. The SDK's own errors are no `cause`: they hold the request with
 * its token, and an answer that cannot be read may be a secret.
 */
export function sortError(error: unknown, record: ExchangeRecord, asked: Asked, context: TokenContext): Finding {
  const token = findCause(error, TokenError);
  if (token !== undefined) return tokenFinding(token, context);
  const scope = findCause(error, ScopeError);
  if (scope !== undefined) return scopeFinding(scope);
  if (record.failure !== undefined) return networkFinding('vault', record.failure);
  const { answer, secrets } = record;
  if (answer === undefined) {
    const said = quoted(wordsOf(error), secrets);
    return { code: 'Refused', what: `the request cannot be sent: ${said}`, advice: 'check the name, and keyVault.vaultUrl' };
  }
  if (answer.status === 401 && !answer.withToken) return challengeFinding(error);
  return answer.status < 400 ? unreadable(answer.status) : answerFinding(asked, answer, secrets, context.now);
}

/** The vault said which token it wants, and the SDK gives it none: it must not go to whoever asks for it. */
function challengeFinding(error: unknown): Finding {
  const advice = 'no token is sent to it; check keyVault.vaultUrl';
  // Of the pipeline: there was no challenge in the answer.
  if (memberOf(error, 'name') === 'RestError' || memberOf(error, 'statusCode') === 401) {
    return { code: 'Invalid', what: 'it answers 401 and does not say which token it wants, as vaults do', advice };
  }
  const said = quoted(wordsOf(error).split(' Set disable')[0], []);
  return { code: 'AddressRefused', what: `it is not a Key Vault of Azure's: ${said}`, advice };
}

/** The SDK would give it a token, and whoever has one for something else than vaults can use it there. */
function scopeFinding({ scope }: ScopeError): Finding {
  const wanted = `it wants a token for ${quoted(scope, []) || 'nothing that it names'}`;
  const advice = 'no token is sent to it; check keyVault.vaultUrl';
  return vaultScopes(undefined).has(scope)
    ? { code: 'AddressRefused', what: `it is of another Azure cloud than the issuer: ${wanted}`, advice: `${advice} and cloud` }
    : { code: 'AddressRefused', what: `it is not a Key Vault of Azure's: ${wanted}, which no vault does`, advice };
}
