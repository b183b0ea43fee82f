import { formatDuration } from '../../../lib/duration.ts';
import { networkSchema, tlsSchema } from '../schema/network.ts';
import type { PkiConfig } from '../schema/schema.ts';

const tlsDefaults = tlsSchema.parse({});
const networkDefaults = networkSchema.parse({});

/** Addresses, and what of `tls` and `network` would mean nothing; each problem begins with the field. */
export function networkProblems(config: PkiConfig): readonly string[] {
  return [...addressProblems(config), ...originProblems(config), ...tlsProblems(config), ...timeoutProblems(config)];
}

/** The addresses that are written whole; all others have the origin of the first two. */
function addressesOf({ baseUrl, backupUrl, auth }: PkiConfig): readonly (readonly [field: string, url: string])[] {
  const all = { baseUrl, backupUrl, 'auth.oauth2.tokenUrl': auth.oauth2?.tokenUrl };
  return Object.entries(all).flatMap(([field, url]) => (url === undefined ? [] : [[`pki.${field}`, url] as const]));
}

function addressProblems(config: PkiConfig): readonly string[] {
  const problems = addressesOf(config).flatMap(([field, text]) => {
    const url = URL.parse(text);
    if (url === null) return [`${field}: is not an address; write one such as https://pki.example.com/api`];
    if (url.username !== '' || url.password !== '')
      return [`${field}: holds a user or a password, which belong into a Secret; see pki.auth`];
    if (text.includes('#')) return [`${field}: a fragment ("#") is never sent; remove it`];
    if (url.protocol === 'http:' && !config.tls.allowPlaintext) {
      return [`${field}: http:// sends everything in plain text; use https://, or set tls.allowPlaintext to true`];
    }
    return [];
  });
  const isSame = config.backupUrl !== undefined && URL.parse(config.backupUrl)?.href === URL.parse(config.baseUrl)?.href;
  return isSame ? [...problems, 'pki.backupUrl: is the same as baseUrl; write another address, or remove it'] : problems;
}

/** An address in a request that is written whole must have the origin that requests go to. */
function originProblems(config: PkiConfig): readonly string[] {
  const { steps = [], pending, check, revoke, response, auth } = config;
  const written: readonly (readonly [string, string | undefined])[] = [
    ...steps.map(({ url }, index) => [`pki.steps[${index}].url`, url] as const),
    ['pki.pending.poll.url', pending?.poll.url],
    ['pki.pending.download.url', pending?.download?.url],
    ['pki.check.url', check?.url],
    ['pki.revoke.url', revoke?.url],
    ['pki.response.caUrl', response.caUrl],
    ['pki.auth.login.url', auth.login?.url],
  ];
  const origin = URL.parse(config.baseUrl)?.origin;
  return written.flatMap(([field, text = '']) => {
    const [start] = /^https?:\/\/[^/?#{]*/i.exec(text.trim()) ?? [];
    if (start === undefined) return [];
    if (config.backupUrl !== undefined) {
      return [`${field}: is an address, which backupUrl could not stand in for; write a path, which is added to either`];
    }
    if (URL.parse(start)?.origin === origin) return [];
    return [`${field}: has another origin than baseUrl (${origin}); write a path, which is added to baseUrl`];
  });
}

function tlsProblems(config: PkiConfig): readonly string[] {
  const { tls } = config;
  const problems: string[] = [];
  if (tls.caSecretRef !== undefined && tls.caConfigMapRef !== undefined) {
    problems.push('pki.tls.caConfigMapRef: set only one of caSecretRef and caConfigMapRef');
  }
  const ca = tls.caSecretRef === undefined ? 'caConfigMapRef' : 'caSecretRef';
  if (tls.insecureSkipVerify && tls[ca] !== undefined) {
    problems.push(
      `pki.tls.${ca}: means nothing with insecureSkipVerify, by which any certificate is believed; remove one of the two`,
    );
  }
  const schemes = addressesOf(config).map(([, text]) => URL.parse(text)?.protocol);
  if (tls.allowPlaintext && !schemes.includes('http:')) {
    problems.push('pki.tls.allowPlaintext: no address here begins with http://; remove it');
  }
  if (!schemes.includes('https:')) {
    const set = (Object.keys(tlsSchema.shape) as (keyof typeof tls)[]).filter(
      (key) => key !== 'allowPlaintext' && tls[key] !== tlsDefaults[key],
    );
    problems.push(...set.map((key) => `pki.tls.${key}: means nothing, since no address here begins with https://; remove it`));
  }
  return problems;
}

/** A limit of a part that is longer than that of the whole; what is not set gives way. */
function timeoutProblems({ network }: PkiConfig): readonly string[] {
  return (['connectTimeout', 'responseTimeout'] as const)
    .filter((key) => network[key] > network.timeout && network[key] !== networkDefaults[key])
    .map(
      (key) =>
        `pki.network.${key}: is longer than timeout (${formatDuration(network.timeout)}), which ends all; shorten it, or lengthen timeout`,
    );
}
