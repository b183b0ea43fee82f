import { least, type Written } from './configs.ts';
import type { KeyCase } from './request-key-cases.ts';

function auth(off: Written, on: Written): KeyCase {
  return [
    { ...least, auth: off },
    { ...least, auth: on },
  ];
}

/** The same credential, with one key more in the block of its type. */
function inBlock(type: 'oauth2' | 'jwt' | 'hmac' | 'login', common: Written, on: Written, off: Written = {}): KeyCase {
  return auth({ type, [type]: { ...common, ...off } }, { type, [type]: { ...common, ...on } });
}

const token = { tokenUrl: 'https://login.example/token' };
const proof = { ...token, clientAuthentication: 'private_key_jwt' };
const claims = { claims: { sub: 'demo' } };
const login = { token: 'token' };
const withAccount = { ...login, body: { json: { jwt: '{{ auth.serviceAccountToken }}' } } };

/** The cases of the keys of `auth`, but for those of the request that a login is. */
export const credentialKeyCases: Readonly<Record<string, KeyCase>> = {
  'auth.type': auth({ type: 'bearer' }, { type: 'header' }),
  'auth.secretRef.name': auth({ type: 'bearer', secretRef: { name: 'a' } }, { type: 'bearer', secretRef: { name: 'b' } }),
  'auth.secretRef.key': auth(
    { type: 'bearer', secretRef: { name: 'a' } },
    { type: 'bearer', secretRef: { name: 'a', key: 'other' } },
  ),
  'auth.secretRef.namespace': auth(
    { type: 'bearer', secretRef: { name: 'a' } },
    { type: 'bearer', secretRef: { name: 'a', namespace: 'pki' } },
  ),
  'auth.in': auth({ type: 'bearer', in: 'query', name: 'key' }, { type: 'bearer', in: 'body', name: 'key' }),
  'auth.headerName': auth({ type: 'bearer' }, { type: 'bearer', headerName: 'X-Token' }),
  'auth.headerPrefix': auth({ type: 'bearer' }, { type: 'bearer', headerPrefix: 'Token ' }),
  'auth.name': auth({ type: 'bearer', in: 'query', name: 'key' }, { type: 'bearer', in: 'query', name: 'api_key' }),
  'auth.oauth2.tokenUrl': inBlock('oauth2', token, { tokenUrl: 'https://login.example/other' }),
  'auth.oauth2.clientId': inBlock('oauth2', token, { clientId: 'another' }),
  'auth.oauth2.clientAuthentication': inBlock('oauth2', token, { clientAuthentication: 'client_secret_post' }),
  'auth.oauth2.scopes': inBlock('oauth2', token, { scopes: ['sign'] }),
  'auth.oauth2.audience': inBlock('oauth2', token, { audience: 'pki' }),
  'auth.oauth2.parameters': inBlock('oauth2', token, { parameters: { resource: 'pki' } }),
  'auth.oauth2.algorithm': inBlock('oauth2', proof, { algorithm: 'PS256' }),
  'auth.oauth2.keyId': inBlock('oauth2', proof, { keyId: 'one' }),
  'auth.jwt.algorithm': inBlock('jwt', claims, { algorithm: 'PS256' }),
  'auth.jwt.keyId': inBlock('jwt', claims, { keyId: 'one' }),
  'auth.jwt.lifetime': inBlock('jwt', claims, { lifetime: '1m' }),
  'auth.jwt.x5c': inBlock('jwt', claims, { x5c: true }),
  'auth.jwt.claims': inBlock('jwt', claims, { claims: { iss: 'demo' } }),
  'auth.hmac.algorithm': inBlock('hmac', {}, { algorithm: 'sha512' }),
  'auth.hmac.keyEncoding': inBlock('hmac', {}, { keyEncoding: 'hex' }),
  'auth.hmac.signatureEncoding': inBlock('hmac', {}, { signatureEncoding: 'hex' }),
  'auth.hmac.payload': signed({ csr: '{{ csr.pem }}' }, { csr: '{{ csr.base64 }}' }),
  'auth.login.token': inBlock('login', {}, { token: 'id' }, login),
  'auth.login.lifetime': inBlock('login', login, { lifetime: 'nothing' }),
  'auth.login.serviceAccountRef.name': inBlock(
    'login',
    withAccount,
    { serviceAccountRef: { name: 'b' } },
    { serviceAccountRef: { name: 'a' } },
  ),
  'auth.login.serviceAccountRef.audience': inBlock(
    'login',
    withAccount,
    { serviceAccountRef: { name: 'a', audience: 'ca' } },
    { serviceAccountRef: { name: 'a' } },
  ),
};

function signed(off: Written, on: Written): KeyCase {
  const steps = [{ name: 'sign', body: { json: { token: '{{ auth.signature }}', request: '{{ auth.payload }}' } } }];
  const around = (payload: Written): Written => ({ ...least, steps, auth: { type: 'hmac', hmac: { payload } } });
  return [around(off), around(on)];
}
