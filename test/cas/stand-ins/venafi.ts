import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../src/lib/clock.ts';
import type { ServedRequest } from '../https-server.ts';
import { createStandInAuthority } from './authority.ts';
import { readJson, type Route, type StandIn, type StandInReply, startStandIn } from './stand-in.ts';
import { authorizeRequest, certificateRequest, retrieveRequest, revokeRequest } from './venafi-fields.ts';

export interface VenafiOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How many times a certificate is answered as pending before it is there; 0 by default. */
  readonly pendingPolls?: number;
  /** No certificate is ever issued: this is why. */
  readonly rejection?: string;
  /** How long an access token is good; 3600 by default. */
  readonly tokenSeconds?: number;
}

/** A stand-in for Venafi Trust Protection Platform (now Trust Protection Foundation) with one policy folder. */
export interface VenafiStandIn extends StandIn {
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly scope: string;
  /** The folder that certificates are requested in. */
  readonly policyDn: string;
  readonly rootPem: string;
}

/** A certificate object. */
interface Enrolled {
  readonly pem: string;
  readonly chainPem: string;
  readonly chainRootFirstPem: string;
  polls: number;
}

const known = { clientId: 'external-issuer', user: 'tpp-user', password: 'tpp-password-1', scope: 'certificate:manage,revoke' };
const policyDn = String.raw`\VED\Policy\Certificates`;
const lifetimeSeconds = 90 * 24 * 3600;

function refusal(status: number, reason: string): StandInReply {
  return { status, body: { Error: reason }, refusal: reason };
}

/** The name of the object that a request makes: that given, else the common name. */
function objectName(named: string | undefined, subject: string | undefined): string {
  return named ?? /(?:^|,)\s*CN=([^,]+)/i.exec(subject ?? '')?.[1] ?? subject ?? '';
}

/**
 * Starts a stand-in for the Web SDK, by its public API documentation: a token from `/vedauth/authorize/oauth` (`verify` says whether it is good), then
 * `/vedsdk/certificates/request`, `retrieve` (as Base64; by POST) and `revoke`. Paths are the same in either case, as on IIS.
 */
export async function startVenafi(options: VenafiOptions): Promise<VenafiStandIn> {
  const { clock, pendingPolls = 0, rejection, tokenSeconds = 3600 } = options;
  const authority = await createStandInAuthority(clock);
  const tokens = new Map<string, number>();
  const objects = new Map<string, Enrolled>();

  async function authorize(request: ServedRequest): Promise<StandInReply> {
    const read = readJson(request, authorizeRequest);
    if (!read.ok) return refuseGrant('invalid_request', read.error);
    const { client_id, username, password, scope } = read.value;
    if (client_id !== known.clientId) return refuseGrant('invalid_client', 'Client is not registered');
    if (username !== known.user || password !== known.password)
      return refuseGrant('invalid_grant', 'Username/password combination not valid');
    if (scope !== known.scope) return refuseGrant('invalid_scope', `the scope must be ${known.scope}`);
    const access_token = Buffer.from(randomUUID()).toString('base64');
    const expires = Math.floor(clock.now() / 1000) + tokenSeconds;
    tokens.set(access_token, expires * 1000);
    const identity = 'local:{00000000-0000-0000-0000-000000000001}';
    const refresh = { refresh_token: randomUUID(), refresh_until: expires + 86_400 };
    return { status: 200, body: { access_token, expires, identity, ...refresh, scope, token_type: 'Bearer' } };
  }

  function refuseGrant(error: string, error_description: string): StandInReply {
    return { status: 400, body: { error, error_description }, refusal: `${error}: ${error_description}` };
  }

  /** Says that a token is good. */
  async function verify(): Promise<StandInReply> {
    const identity = 'local:{00000000-0000-0000-0000-000000000001}';
    return { status: 200, body: { application: known.clientId, identity, scope: known.scope, valid_for: tokenSeconds } };
  }

  async function enroll(request: ServedRequest): Promise<StandInReply> {
    const read = readJson(request, certificateRequest);
    if (!read.ok) return refusal(400, read.error);
    const { PolicyDN, ObjectName, Subject, PKCS10 } = read.value;
    if (PolicyDN !== policyDn) return refusal(400, `Argument error. Parent DN ${PolicyDN.slice(0, 80)} does not exist.`);
    const name = objectName(ObjectName, Subject);
    if (name === '') return refusal(400, "An 'ObjectName' or 'Subject' is required for requesting a certificate.");
    const issued = await authority.sign(PKCS10, lifetimeSeconds);
    if (!issued.ok) return refusal(400, `PKCS10: ${issued.error}`);
    const dn = `${policyDn}\\${name}`;
    const pem = issued.value.certificatePem;
    const { issuingPem, rootPem } = authority;
    const chains = { chainPem: pem + issuingPem + rootPem, chainRootFirstPem: rootPem + issuingPem + pem };
    objects.set(dn, { pem, ...chains, polls: 0 });
    return { status: 200, body: { CertificateDN: dn, Guid: `{${randomUUID()}}` } };
  }

  async function retrieve(request: ServedRequest): Promise<StandInReply> {
    const read = readJson(request, retrieveRequest);
    if (!read.ok) return refusal(400, read.error);
    const { CertificateDN, Format, IncludeChain = false, RootFirstOrder = false } = read.value;
    const found = objects.get(CertificateDN);
    if (found === undefined) return refusal(400, `Certificate ${CertificateDN.slice(0, 80)} does not exist.`);
    if (rejection !== undefined) return { status: 500, body: { Stage: 500, Status: rejection } };
    if (found.polls++ < pendingPolls) return { status: 202, body: { Stage: 500, Status: 'Post CSR' } };
    const chain = RootFirstOrder ? found.chainRootFirstPem : found.chainPem;
    const text = (IncludeChain ? chain : found.pem).replaceAll('\n', '\r\n');
    const CertificateData = Buffer.from(text).toString('base64');
    return { status: 200, body: { CertificateData, Filename: `${CertificateDN.split('\\').at(-1)}.cer`, Format } };
  }

  async function revoke(request: ServedRequest): Promise<StandInReply> {
    const read = readJson(request, revokeRequest);
    if (!read.ok) return refusal(400, read.error);
    if (read.value.CertificateDN !== undefined && !objects.has(read.value.CertificateDN))
      return refusal(400, 'Certificate does not exist.');
    return { status: 200, body: { Requested: true, Success: true } };
  }

  const withToken =
    (answer: (request: ServedRequest) => Promise<StandInReply>): Route['answer'] =>
    async (request) => {
      const token = /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
      if ((tokens.get(token) ?? 0) > clock.now()) return await answer(request);
      const body = { error: 'invalid_token', error_description: 'The access token expired or is not valid' };
      return { status: 401, body, refusal: 'no access token that is good' };
    };

  const standIn = await startStandIn({
    routes: [
      { methods: ['POST'], path: /^\/vedauth\/authorize\/oauth\/?$/i, answer: authorize },
      { methods: ['GET'], path: /^\/vedauth\/authorize\/verify\/?$/i, answer: withToken(verify) },
      { methods: ['POST'], path: /^\/vedsdk\/certificates\/request\/?$/i, answer: withToken(enroll) },
      { methods: ['POST'], path: /^\/vedsdk\/certificates\/retrieve\/?$/i, answer: withToken(retrieve) },
      { methods: ['POST'], path: /^\/vedsdk\/certificates\/revoke\/?$/i, answer: withToken(revoke) },
    ],
    errorBody: (_, reason) => ({ Error: reason }),
  });
  return { ...standIn, ...known, policyDn, rootPem: authority.rootPem };
}
