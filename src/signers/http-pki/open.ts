import { randomUUID } from 'node:crypto';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignerDeps } from '../registry.ts';
import type { ConfigProblem, ReferencedData, Signer, SignerInput } from '../signer.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { secretTexts } from './auth/secret-texts.ts';
import { mentioned } from './config/mentions.ts';
import { createLiveMask } from './config/mask.ts';
import { validatePkiConfig } from './config/validate.ts';
import { createByteBudget, issuerAnswerBytes } from '../network/byte-budget.ts';
import { createHttpClient } from '../network/client.ts';
import { caveatsOf, clientSettings, plaintextAddresses } from './network/settings.ts';
import { compilePlan } from './plan.ts';
import type { PkiConfig } from './schema/schema.ts';
import { createSigner } from './signer.ts';

/** Opens the signer of one issuer; the network is not used before its first check. */
export function openHttpPki(input: SignerInput<PkiConfig>, deps: SignerDeps): Result<Signer, ConfigProblem> {
  const { config } = input;
  const valid = validatePkiConfig(config);
  if (!valid.ok) return configError(valid.error);
  const secret = input.references.get('auth') ?? input.authSecret;
  const misuse = credentialMisuse(config, secret, deps);
  if (misuse !== undefined) return configError(misuse);
  const settings = clientSettings(config, input);
  if (!settings.ok) return settings;
  const key = config.auth.secretRef === undefined ? input.authSecretKey : config.auth.secretRef.key;
  const auth = createAuthenticator(config.auth, {
    ...(secret === undefined ? {} : { secret }),
    ...(key === undefined ? {} : { secretKey: key }),
    issuer: input.issuer,
    ...(input.requestToken === undefined ? {} : { requestToken: input.requestToken }),
    clock: deps.clock,
    uuid: randomUUID,
  });
  if (!auth.ok) return auth;
  const texts = secretTexts(secret);
  const mask = createLiveMask(auth.value.secrets);
  const plan = compilePlan(config, { now: deps.clock.now, mask });
  if (!plan.ok) return configError(plan.error);
  const answers = createByteBudget(issuerAnswerBytes, deps.network.answers);
  const encryptedOnly = hasCredential(config) && !deps.allowPlaintextCredentials;
  const client = createHttpClient({ ...settings.value, encryptedOnly }, { ...deps.network, answers });
  if (!client.ok) return configError(client.error.message);
  return ok(
    createSigner({
      config,
      issuer: input.issuer,
      plan: plan.value,
      client: client.value,
      answers,
      auth: auth.value,
      secret: texts,
      mask,
      caveats: caveatsOf(config),
      clock: deps.clock,
      uuid: randomUUID,
    }),
  );
}

/** A credential that would go in plain text, or one that is there and that nothing uses. */
function credentialMisuse(
  config: PkiConfig,
  secret: ReferencedData | undefined,
  { allowPlaintextCredentials }: Pick<SignerDeps, 'allowPlaintextCredentials'>,
): string | undefined {
  const { auth } = config;
  if (secret !== undefined && !hasCredential(config) && !isClientCertificate(secret)) {
    return (
      `pki.auth.type: is none, so the credential in ${secret.where} would not be used; set type (bearer, basic, header, ...), ` +
      'or remove the reference to the Secret'
    );
  }
  const [plain] = plaintextAddresses(config);
  if (plain !== undefined && hasCredential(config) && !allowPlaintextCredentials) {
    return (
      `pki.auth.type: is ${auth.type}, and ${plain.url.origin} (pki.${plain.field}) is not encrypted: the credential would be sent in plain text. ` +
      'Use https://; for a test an administrator can start the controller with --allow-plaintext-credentials'
    );
  }
  return undefined;
}

/** Whether something is sent that shows who asks, besides a client certificate. */
function hasCredential(config: PkiConfig): boolean {
  return config.auth.type !== 'none' || mentioned(config, ['secret']);
}

function isClientCertificate({ data }: ReferencedData): boolean {
  return (data.has('client-cert') && data.has('client-key')) || (data.has('tls.crt') && data.has('tls.key'));
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
