import { createHmac } from 'node:crypto';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenAuth, WrittenHmac } from '../schema/auth.ts';
import type { StructureTemplate } from '../template/contract.ts';
import { compileStructure } from '../template/structure.ts';
import type { TemplateValues } from '../template/values.ts';
import type { Authenticator, Credentials } from './contract.ts';
import { masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { createPlace, type Place } from './place.ts';
import { authError, configError, incomplete } from './problems.ts';
import { hiddenTexts, readValue } from './secret-keys.ts';
import { textOf } from './secret-texts.ts';
import { requireSecretKeys } from './template-secrets.ts';

const field = 'pki.auth.hmac';
const purpose = 'pki.auth.type hmac';

type Sign = (bytes: Uint8Array) => string;

/** The type hmac: a signature of the body as it is sent, or of a payload that the body then holds. */
export function createHmacSignature(
  auth: WrittenAuth,
  hmac: WrittenHmac,
  input: AuthInput,
): Result<Authenticator, ConfigProblem> {
  const place = createPlace(auth, { name: 'X-Signature', prefix: '' });
  if (!place.ok) return place;
  const key = readKey(hmac, input);
  if (!key.ok) return key;
  const sign: Sign = (bytes) => createHmac(hmac.algorithm, key.value).update(bytes).digest(hmac.signatureEncoding);
  const secrets = hiddenTexts(input);
  if (hmac.payload !== undefined) {
    const payload = compileStructure(hmac.payload, `${field}.payload`);
    if (!payload.ok) return configError(payload.error);
    const used = requireSecretKeys(hmac.payload, input, `${field}.payload`);
    return used.ok ? ok(ofPayload(payload.value, sign, payloadPlace(auth, place.value), secrets)) : used;
  }
  if (auth.in === 'template' || auth.in === 'body') {
    return configError(
      `pki.auth.in: is ${auth.in}, but a signature of the body cannot be in the body; set ${field}.payload to what is signed, or in to header`,
    );
  }
  return ok(ofBody(sign, place.value, secrets));
}

/** The body holds the payload and its signature by itself: both go elsewhere only where the issuer says so. */
function payloadPlace(auth: WrittenAuth, place: Place): Place {
  return auth.in === 'header' && auth.headerName === undefined ? (request) => ok(request) : place;
}

function ofBody(sign: Sign, place: Place, secrets: readonly string[]): Authenticator {
  const credentials: Credentials = {
    values: {},
    apply: (request) => place(request, sign(request.body ?? new Uint8Array())),
  };
  return {
    prepare: async (_values, { signal }) => {
      signal.throwIfAborted();
      return await Promise.resolve(ok(credentials));
    },
    refused: () => false,
    preview: () => ({ values: {}, apply: (request) => place(request, masked) }),
    secrets: () => secrets,
  };
}

function ofPayload(payload: StructureTemplate, sign: Sign, place: Place, secrets: readonly string[]): Authenticator {
  const withSignature = (text: string, signature: string): Credentials => ({
    values: { payload: Buffer.from(text, 'utf8').toString('base64'), signature },
    apply: (request) => place(request, signature),
  });
  const textFor = (values: TemplateValues): Result<string, string> => {
    const rendered = payload.render(values);
    return rendered.ok ? ok(JSON.stringify(rendered.value)) : rendered;
  };
  return {
    prepare: async (values, { signal }) => {
      signal.throwIfAborted();
      const text = textFor(values);
      if (!text.ok) return incomplete(text.error);
      return await Promise.resolve(ok(withSignature(text.value, sign(Buffer.from(text.value, 'utf8')))));
    },
    refused: () => false,
    preview: (values) => {
      const text = textFor(values);
      return withSignature(text.ok ? text.value : masked, masked);
    },
    secrets: () => secrets,
  };
}

function readKey({ keyEncoding }: WrittenHmac, input: AuthInput): Result<Uint8Array, ConfigProblem> {
  const value = readValue(input, [input.secretKey ?? 'hmac-key'], purpose);
  if (!value.ok) return value;
  const { bytes, place } = value.value;
  const key = decodeKey(bytes, keyEncoding);
  if (!key.ok) return authError(`${place}: ${key.error}`);
  return key.value.length > 0 ? key : authError(`${place}: is empty; store the key there`);
}

function decodeKey(bytes: Uint8Array, encoding: WrittenHmac['keyEncoding']): Result<Uint8Array, string> {
  const text = textOf(bytes);
  if (encoding === 'utf8') return ok(text === undefined ? bytes : Buffer.from(text, 'utf8'));
  const decoded = Buffer.from(text ?? '', encoding);
  const again = decoded.toString(encoding);
  const same = encoding === 'hex' ? text?.toLowerCase() === again : text?.replace(/=+$/, '') === again.replace(/=+$/, '');
  return same ? ok(decoded) : err(`is not ${encoding}, which ${field}.keyEncoding says; change one of them`);
}
