import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenOAuth2 } from '../schema/auth.ts';
import { masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { readText } from './secret-keys.ts';
import { signJwt } from './sign-jwt.ts';
import { readSigningKey } from './signing-key.ts';

/** How a client shows the token endpoint who it is: by a header, or by parameters. */
export interface ClientProof {
  readonly headers: ReadonlyMap<string, string>;
  readonly parameters: readonly (readonly [string, string])[];
  /** What of it must not be shown. */
  readonly secrets: readonly string[];
}

/** How proofs are made. */
export interface ClientProver {
  /** The proof for one request. */
  prove(): Promise<ClientProof>;
  /** The same with `***` for what is secret. */
  readonly preview: ClientProof;
}

const field = 'pki.auth.oauth2';
/** Seconds that an assertion is good for. */
const assertionSeconds = 300;

/** Reads what the client authenticates with (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export function createClientProof(oauth2: WrittenOAuth2, input: AuthInput): Result<ClientProver, ConfigProblem> {
  const id = clientIdOf(oauth2, input);
  if (!id.ok) return id;
  const method = oauth2.clientAuthentication;
  if (method === 'private_key_jwt') return assertion(id.value, oauth2, input);
  const secret = readText(input, [input.secretKey ?? 'client-secret'], `${field}.clientAuthentication ${method}`);
  if (!secret.ok) return secret;
  const isBasic = method === 'client_secret_basic';
  const proof = isBasic ? inHeader(id.value, secret.value.text) : inBody(id.value, secret.value.text);
  const preview = isBasic ? { ...proof, headers: new Map([['authorization', `Basic ${masked}`]]) } : inBody(id.value, masked);
  return ok({ preview, prove: async () => await Promise.resolve(proof) });
}

function clientIdOf({ clientId }: WrittenOAuth2, input: AuthInput): Result<string, ConfigProblem> {
  if (clientId !== undefined) return ok(clientId);
  const id = readText(input, ['client-id'], `${field} without clientId`);
  return id.ok ? ok(id.value.text) : id;
}

/** Both are encoded as in a form before they are joined (RFC 6749 section 2.3.1): a colon in the id stays unambiguous. */
function inHeader(id: string, secret: string): ClientProof {
  const encoded = Buffer.from(`${formEncode(id)}:${formEncode(secret)}`, 'utf8').toString('base64');
  return { headers: new Map([['authorization', `Basic ${encoded}`]]), parameters: [], secrets: [secret, encoded] };
}

function inBody(id: string, secret: string): ClientProof {
  const parameters = [
    ['client_id', id],
    ['client_secret', secret],
  ] as const;
  return { headers: new Map(), parameters, secrets: [secret, formEncode(secret)] };
}

function assertion(clientId: string, oauth2: WrittenOAuth2, input: AuthInput): Result<ClientProver, ConfigProblem> {
  const { algorithm, keyId, tokenUrl } = oauth2;
  const key = readSigningKey(input, { purpose: `${field}.clientAuthentication private_key_jwt`, field, algorithm });
  if (!key.ok) return key;
  const prove = async (): Promise<ClientProof> => {
    const iat = Math.floor(input.clock.now() / 1000);
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: tokenUrl,
      iat,
      nbf: iat,
      exp: iat + assertionSeconds,
      jti: input.uuid(),
    };
    const token = await signJwt(claims, key.value, keyId);
    return asserted(clientId, token);
  };
  return ok({ prove, preview: asserted(clientId, masked) });
}

function asserted(clientId: string, token: string): ClientProof {
  const parameters = [
    ['client_id', clientId],
    ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ['client_assertion', token],
  ] as const;
  return { headers: new Map(), parameters, secrets: [token] };
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
