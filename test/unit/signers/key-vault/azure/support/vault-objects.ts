import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, constants } from 'node:crypto';
import type { Reply, Seen } from './fake-azure.ts';

export const keyVersion = '0123456789abcdef0123456789abcdef';

/** What is signed in tests: vaults get its digest, and this one finds it again by that. */
export const tbs = Buffer.from('what is to be signed');

const pairs: Readonly<Record<string, { readonly kty: string; readonly key: KeyObject }>> = {
  rsa: { kty: 'RSA', key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
  'rsa-hsm': { kty: 'RSA-HSM', key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
  p256: { kty: 'EC', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
  p384: { kty: 'EC-HSM', key: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey },
  p521: { kty: 'EC', key: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey },
};

export function publicKeyOf(name: string): KeyObject {
  const pair = pairs[name];
  if (pair === undefined) throw new Error(`no key ${name}`);
  return createPublicKey(pair.key);
}

/** The key of that name as the vault shows it. */
export function keyBundle(name: string, vaultUrl: string, version = keyVersion): object {
  const { kty = 'RSA', key } = pairs[name] ?? {};
  const jwk = key === undefined ? {} : createPublicKey(key).export({ format: 'jwk' });
  const attributes = { enabled: true, created: 1_700_000_000, updated: 1_700_000_000, exp: 2_000_000_000, nbf: 1_600_000_000 };
  return { key: { ...jwk, kty, kid: `${vaultUrl}/keys/${name}/${version}`, key_ops: ['sign', 'verify'] }, attributes };
}

/** Answers as vaults do; https://learn.microsoft.com/rest/api/keyvault/ */
export function vaultObjects({ method, path, body }: Seen, vaultUrl: string): Reply {
  const [, kind, name = '', third, fourth] = path.replace(/\?.*$/, '').split('/');
  const sent = body === '' ? {} : (JSON.parse(body) as Readonly<Record<string, string>>);
  if (kind === 'keys' && third === 'create') return { status: 200, body: keyBundle(name, vaultUrl) };
  if (kind === 'keys' && fourth === 'sign') return { status: 200, body: signed(name, sent, vaultUrl) };
  if (kind === 'keys' && third === 'versions') return { status: 200, body: versions(name, vaultUrl, path) };
  if (kind === 'keys' && Object.hasOwn(pairs, name)) return { status: 200, body: keyBundle(name, vaultUrl) };
  const id = `${vaultUrl}/${kind}/${name}/${keyVersion}`;
  if (kind === 'secrets' && (method === 'PUT' || name === 'ca')) {
    const { value = 'PEM of ca', contentType } = sent;
    return { status: 200, body: { value, id, contentType, attributes: { enabled: true } } };
  }
  if (kind === 'certificates' && name === 'ca') {
    return { status: 200, body: { id, cer: Buffer.from('DER of ca').toString('base64'), attributes: { enabled: true } } };
  }
  const message = `A ${kind?.slice(0, -1)} with (name/id) ${name} was not found in this key vault.`;
  const code = kind === 'keys' ? 'KeyNotFound' : 'SecretNotFound';
  return { status: 404, body: { error: { code, message } } };
}

function signed(name: string, { alg = '', value = '' }: Readonly<Record<string, string>>, vaultUrl: string): object {
  const hash = `sha${alg.slice(2)}`;
  const digest = createHash(hash).update(tbs).digest('base64url');
  const { key } = pairs[name] ?? {};
  if (key === undefined || digest !== value) throw new Error('the digest is another');
  const padding = alg.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 }
    : {};
  const signature = sign(hash, tbs, { key, dsaEncoding: 'ieee-p1363', ...padding });
  return { kid: `${vaultUrl}/keys/${name}/${keyVersion}`, value: signature.toString('base64url') };
}

/** Three pages of two, in no order. */
function versions(name: string, vaultUrl: string, path: string): object {
  const page = Number(/\$skiptoken=(\d)/.exec(decodeURIComponent(path))?.[1] ?? 0);
  const value = [page, page + 3].map((number) => {
    const version = `${number}`.repeat(32);
    return {
      kid: `${vaultUrl}/keys/${name}/${version}`,
      attributes: { enabled: number !== 4, created: 1_700_000_000 + number },
    };
  });
  const nextLink = page === 2 ? null : `${vaultUrl}/keys/${name}/versions?api-version=7.6&$skiptoken=${page + 1}`;
  return { value, nextLink };
}
