import { createHmac, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { err, ok, type Result } from '../../src/lib/result.ts';
import { type Csr, parseCsr } from '../../src/x509/csr.ts';
import type { Cfssl } from './cfssl.ts';
import { type Answer, postJson } from './https-client.ts';
import type { StepCa } from './step-ca.ts';

/** A claim set to be signed for a CA. */
export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly sub: string;
  readonly sans: readonly string[];
}

/** A JWT that is signed with ES256 and ends in 5 minutes. */
export function signedToken(header: object, claims: TokenClaims, privateKeyPem: string): string {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 5, exp: now + 300, jti: randomUUID() };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'ES256', typ: 'JWT', ...header })}.${part({ ...claims, ...times })}`;
  const key = { key: createPrivateKey(privateKeyPem), dsaEncoding: 'ieee-p1363' as const };
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

/** The names that a token must carry for a CSR: `sub` may not be empty, and `sans` are all of the CSR's. */
export function namesOf(csr: Csr): Pick<TokenClaims, 'sub' | 'sans'> {
  const sans = [...csr.sans.dns, ...csr.sans.ip, ...csr.sans.uri, ...csr.sans.email];
  return { sub: sans[0] ?? 'none', sans };
}

/** A one-time token for the JWK provisioner of a step-ca. */
export function jwkToken({ url, jwk }: StepCa, csr: Csr): string {
  return signedToken({ kid: jwk.kid }, { aud: `${url}/1.0/sign`, iss: jwk.name, ...namesOf(csr) }, jwk.privateKeyPem);
}

/** A token for the X5C provisioner of a step-ca. */
export function x5cToken({ url, x5c }: StepCa, csr: Csr): string {
  const der = x5c.certificatePem.replaceAll(/-----[^-]+-----|\s/g, '');
  const claims = { aud: `${url}/1.0/sign#x5c/${x5c.name}`, iss: x5c.name, ...namesOf(csr) };
  return signedToken({ x5c: [der] }, claims, x5c.privateKeyPem);
}

/** Asks a step-ca to sign. */
export async function stepCaSign(ca: StepCa, csr: string, ott: string, notAfter?: string): Promise<Answer> {
  return await postJson(
    `${ca.url}/1.0/sign`,
    { ca: ca.rootPem },
    { csr, ott, ...(notAfter === undefined ? {} : { notAfter }) },
  );
}

/** Asks a CFSSL to sign, with the token that its profile `auth` demands where `authenticated` is set. */
export async function cfsslSign(ca: Cfssl, csr: string, profile: string, authenticated = false): Promise<Answer> {
  const request = { certificate_request: csr, profile };
  if (!authenticated) return await postJson(`${ca.url}/api/v1/cfssl/sign`, ca.tls, request);
  const bytes = Buffer.from(JSON.stringify(request));
  const token = createHmac('sha256', Buffer.from(ca.authKeyHex, 'hex')).update(bytes).digest('base64');
  return await postJson(`${ca.url}/api/v1/cfssl/authsign`, ca.tls, { token, request: bytes.toString('base64') });
}

/** A CA behind a front of another protocol. */
export interface BackingCa {
  /** The certificates that `cacerts` gives: what signs, and the root. */
  readonly caPems: readonly string[];
  /** @returns the certificate and those above it up to, without, the root; or what the CA said. */
  sign(csrPem: string): Promise<Result<string, string>>;
}

/** A CFSSL as the CA behind a front. */
export function backedByCfssl(ca: Cfssl): BackingCa {
  return {
    caPems: [ca.caPem],
    async sign(csrPem) {
      const { status, text } = await cfsslSign(ca, csrPem, ca.profiles.www);
      if (status !== 200) return err(text);
      return ok((JSON.parse(text) as { readonly result: { readonly certificate: string } }).result.certificate);
    },
  };
}

/** A step-ca as the CA behind a front. */
export function backedByStepCa(ca: StepCa): BackingCa {
  return {
    caPems: [ca.intermediatePem, ca.rootPem],
    async sign(csrPem) {
      const csr = parseCsr(csrPem);
      if (!csr.ok) return err(csr.error.message);
      const { status, text } = await stepCaSign(ca, csrPem, jwkToken(ca, csr.value));
      if (status !== 201) return err(text);
      return ok((JSON.parse(text) as { readonly certChain: readonly string[] }).certChain.join(''));
    },
  };
}
