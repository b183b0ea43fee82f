import { timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { type Csr, parseCsr } from '../../src/x509/csr.ts';
import { formatName } from '../../src/x509/name.ts';
import { run } from '../controlplane/run.ts';
import { type ServedReply, type ServedRequest, startTestServer } from './https-server.ts';
import type { BackingCa } from './sign-with.ts';
import { createTestCa } from './test-ca.ts';

/** How an EST server lets clients enroll. */
export interface EstOptions {
  readonly ca: BackingCa;
  /** Who may enroll: those who know the password, those with a certificate, or those with either. */
  readonly clients: 'password' | 'certificate' | 'either';
}

/** An EST server (RFC 7030) on loopback over TLS. */
export interface EstServer {
  /** `https://127.0.0.1:PORT/.well-known/est` */
  readonly url: string;
  /** What clients trust. */
  readonly tlsCaPem: string;
  readonly user: string;
  readonly password: string;
  /** A certificate that it enrolls for. */
  readonly client: { readonly certificatePem: string; readonly keyPem: string };
  /** What it has refused, oldest first: status and reason. */
  readonly refusals: readonly string[];
  close(): Promise<void>;
}

const prefix = '/.well-known/est';
const [user, password] = ['est-user', 'est-password-1'];
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

function refused(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ServedReply {
  return { status, headers: { 'Content-Type': 'text/plain', ...headers }, body: `${body}\n` };
}

/** Certificates alone as PKCS #7 (RFC 5272 "certs-only"), base64 in lines as openssl writes it. */
async function certsOnly(pem: string): Promise<ServedReply> {
  // Standard input is a socket here, which cannot be opened as a file; the pipe behind cat can.
  const script = 'cat | openssl crl2pkcs7 -nocrl -certfile /dev/stdin -outform DER | openssl base64';
  const { stdout, stderr } = await run('/bin/sh', ['-c', script], { input: pem });
  if (stdout === '') throw new Error(`openssl could not make a PKCS #7: ${stderr.trim()}`);
  const type = 'application/pkcs7-mime; smime-type=certs-only';
  return { status: 200, headers: { 'Content-Type': type, 'Content-Transfer-Encoding': 'base64' }, body: stdout };
}

function knowsPassword(authorization = ''): boolean {
  const [scheme = '', credentials = ''] = authorization.split(' ');
  const given = Buffer.from(credentials, 'base64');
  const wanted = Buffer.from(`${user}:${password}`);
  return scheme.toLowerCase() === 'basic' && given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The CSR of an enrollment (RFC 7030 section 4.2.1), or why it is refused. */
function readEnrollment({ headers, body }: ServedRequest): Csr | ServedReply {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/pkcs10') return refused(415, `the content type must be application/pkcs10, not ${type ?? 'none'}`);
  const text = body.toString('latin1');
  if (text.includes('-----')) return refused(400, 'the body must be base64 of DER, without the lines of PEM');
  const bare = text.replaceAll(/\r?\n/g, '');
  if (!base64.test(bare) || bare.length % 4 !== 0) return refused(400, 'the body is no base64 (RFC 4648 section 4)');
  const csr = parseCsr(new Uint8Array(Buffer.from(bare, 'base64')));
  return csr.ok ? csr.value : refused(400, csr.error.message);
}

/** Whether a CSR asks for what the client's certificate has, as a renewal must (RFC 7030 section 4.2.2). */
function renews(csr: Csr, certificate: Buffer): boolean {
  const old = parseCertificate(new Uint8Array(certificate));
  if (!old.ok) return false;
  const names = ({ subject, sans }: Pick<Csr, 'subject' | 'sans'>) => JSON.stringify([formatName(subject), sans]);
  return names(old.value) === names(csr);
}

/** Starts an EST server that hands each CSR to a real CA. Who re-enrolls shows the certificate that the CA issued before. */
export async function startEst({ ca, clients }: EstOptions): Promise<EstServer> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-est-'));
  const around = await createTestCa(folder, 'est tls root');
  const [server, client] = await Promise.all([around.server('est server'), around.client('est client')]);
  const refusals: string[] = [];

  async function enroll(request: ServedRequest, renewal: boolean): Promise<ServedReply> {
    if (request.method !== 'POST') return refused(405, 'enroll with POST', { Allow: 'POST' });
    const certificate = clients === 'password' && !renewal ? undefined : request.clientCertificate;
    const byPassword = clients !== 'certificate' && knowsPassword(request.headers['authorization']);
    if (certificate === undefined && !byPassword)
      return refused(401, 'authenticate first', { 'WWW-Authenticate': 'Basic realm="est"' });
    const csr = readEnrollment(request);
    if ('status' in csr) return csr;
    if (renewal && (certificate === undefined || !renews(csr, certificate)))
      return refused(400, 'a renewal needs the certificate it renews, with the same subject and names');
    const signed = await ca.sign(csr.pem);
    return signed.ok ? await certsOnly(signed.value) : refused(400, signed.error.slice(0, 300));
  }

  async function answer(request: ServedRequest): Promise<ServedReply> {
    const operation = request.path.startsWith(`${prefix}/`) ? request.path.slice(prefix.length + 1) : '';
    if (operation === 'cacerts')
      return request.method === 'GET' ? await certsOnly(ca.caPems.join('')) : refused(405, 'GET it', { Allow: 'GET' });
    if (operation === 'simpleenroll' || operation === 'simplereenroll')
      return await enroll(request, operation === 'simplereenroll');
    return refused(404, `there is no ${request.path} here`);
  }

  const listening = await startTestServer({
    certificate: server.certificatePem,
    key: server.keyPem,
    clientCaPems: [around.certificatePem, ...ca.caPems],
    async answer(request) {
      const reply = await answer(request);
      if (reply.status >= 400) refusals.push(`${reply.status} ${reply.body.trim()}`);
      return reply;
    },
  });
  return {
    url: `${listening.url}${prefix}`,
    tlsCaPem: around.certificatePem,
    user,
    password,
    client,
    refusals,
    async close() {
      await listening.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
