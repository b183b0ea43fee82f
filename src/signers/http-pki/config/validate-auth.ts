import { audienceProblem } from '../schema/audience.ts';
import type { WrittenRequest } from '../schema/request.ts';
import type { PkiConfig } from '../schema/schema.ts';

const blocks = ['oauth2', 'jwt', 'hmac', 'login'] as const;
/** The types whose place is not for the issuer's author to choose. */
const placeless = ['none', 'auto'] as const;

/** Keys of `auth` that would mean nothing together; each problem begins with the field. */
export function authProblems(config: PkiConfig): readonly string[] {
  const { auth } = config;
  return [
    ...blockProblems(auth),
    ...placeProblems(auth),
    ...oauth2Problems(auth),
    ...loginProblems(auth),
    ...takenPlaces(config),
  ];
}

type Auth = PkiConfig['auth'];

function blockProblems(auth: Auth): readonly string[] {
  return blocks.flatMap((block) => {
    const isType = auth.type === block;
    if (isType === (auth[block] !== undefined)) return [];
    if (isType) return [`pki.auth.${block}: required where type is ${block}`];
    return [`pki.auth.${block}: belongs to type ${block}, and type is ${auth.type}; remove it, or set type to ${block}`];
  });
}

function placeProblems(auth: Auth): readonly string[] {
  const type = placeless.find((each) => each === auth.type);
  if (type === undefined) return [];
  const { headerName, headerPrefix, name } = auth;
  const where = auth.in === 'header' ? undefined : auth.in;
  const written = Object.entries({ in: where, headerName, headerPrefix, name }).filter(([, value]) => value !== undefined);
  const why = type === 'none' ? 'there is no credential to place' : 'the keys of the Secret decide';
  return written.map(([key]) => `pki.auth.${key}: means nothing where type is ${type}, since ${why}; remove it, or set type`);
}

function oauth2Problems({ oauth2 }: Auth): readonly string[] {
  if (oauth2 === undefined || oauth2.clientAuthentication === 'private_key_jwt') return [];
  return (['algorithm', 'keyId'] as const)
    .filter((key) => oauth2[key] !== undefined)
    .map((key) => `pki.auth.oauth2.${key}: is for clientAuthentication private_key_jwt; remove it, or set that`);
}

function loginProblems({ login }: Auth): readonly string[] {
  const audience = login?.serviceAccountRef?.audience;
  const problem = audience === undefined ? undefined : audienceProblem('pki.auth.login.serviceAccountRef.audience', audience);
  return problem === undefined ? [] : [problem];
}

/** The credential takes a header or a parameter; one of the same name in a request would be overwritten. */
function takenPlaces(config: PkiConfig): readonly string[] {
  const { auth, steps = [], pending, check, revoke } = config;
  const requests: readonly (readonly [string, WrittenRequest | undefined])[] = [
    ...steps.map((step, index) => [`pki.steps[${index}]`, step] as const),
    ['pki.pending.poll', pending?.poll],
    ['pki.pending.download', pending?.download],
    ['pki.check', check],
    ['pki.revoke', revoke],
  ];
  const header = headerOf(auth);
  return requests.flatMap(([field, request]) => {
    const headers = Object.keys(request?.headers ?? {});
    const taken = headers.find((name) => name.toLowerCase() === header);
    if (taken !== undefined) return [overwritten(`${field}.headers.${taken}`)];
    const isParameter = auth.in === 'query' && auth.name !== undefined && Object.hasOwn(request?.query ?? {}, auth.name);
    return isParameter ? [overwritten(`${field}.query.${auth.name}`)] : [];
  });
}

function overwritten(field: string): string {
  return `${field}: is where pki.auth puts the credential, which would overwrite it; remove it here, or have the credential elsewhere`;
}

/** The header of the credential in lower case, where it is known before the Secret is read. */
function headerOf({ type, in: where, headerName, hmac }: Auth): string | undefined {
  if (where !== 'header' || type === 'none' || type === 'auto') return undefined;
  if (headerName !== undefined) return headerName.toLowerCase();
  // The body holds a payload and its signature by itself.
  if (type === 'hmac') return hmac?.payload === undefined ? 'x-signature' : undefined;
  return type === 'header' || type === 'apiKey' ? 'x-api-key' : 'authorization';
}
