import { err, ok, type Result } from '../lib/result.ts';
import type { Csr } from '../x509/csr.ts';
import { commonName } from '../x509/name.ts';
import { readCsr } from './csr-text.ts';
import type { ApiContext, ApiRequest } from './context.ts';
import { parseLegacyBody, type LegacyRequest } from './legacy-body.ts';
import { type ApiError, errorReply, type Reply, textReply } from './reply.ts';
import type { Signed } from './signed.ts';
import { refuseCA } from './signing.ts';

/** `POST /cgi/pki.cgi`: the protocol of older PKIs, in text both ways. Unlike theirs it needs the CSR and makes no keys. */
export async function legacyRoute(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const parsed = parseLegacyBody(Buffer.from(request.body).toString('utf8'));
  if (!parsed.ok) return errorReply(refusal(400, 'PARSE_ERROR', 'the request cannot be read', parsed.error), 'text');
  if (parsed.value.ignored.length > 0)
    context.log.warn({ route: request.path, fields: parsed.value.ignored }, 'ignored unknown fields');
  const answer = await answerTo(parsed.value, request, context);
  return answer.ok ? textReply(200, answer.value) : errorReply(answer.error, 'text');
}

async function answerTo(legacy: LegacyRequest, request: ApiRequest, context: ApiContext): Promise<Result<string, ApiError>> {
  if (legacy.action === 'getKEY') return err(keyNotOffered);
  if (legacy.action === 'issue') {
    const signed = await issue(legacy, request, context);
    if (!signed.ok) return signed;
    return ok(legacy.leafOnly ? signed.value.certificatePem : signed.value.fullChainPem);
  }
  if (legacy.subject === undefined) return err(refusal(400, 'PARSE_ERROR', 'subject parameter is required', ''));
  if (legacy.subject.commonName === undefined) return err(refusal(400, 'PARSE_ERROR', 'subject must contain CN', ''));
  const signed = context.signing.find(legacy.subject.commonName);
  if (legacy.action === 'getCERT') return signed === undefined ? err(notFound('Certificate')) : ok(signed.certificatePem);
  return signed === undefined ? err(notFound('CSR')) : ok(signed.csrPem);
}

async function issue(legacy: LegacyRequest, request: ApiRequest, context: ApiContext): Promise<Result<Signed, ApiError>> {
  if (legacy.csr === undefined) return err(csrNeeded);
  const csr = readCsr(legacy.csr);
  if (!csr.ok) return csr;
  const refused = refuseCA(csr.value) ?? refuseOtherNames(legacy, csr.value);
  if (refused !== undefined) return err(refused);
  const idempotencyKey = request.headers['idempotency-key'];
  const once = await context.once.run(idempotencyKey, request.body, async () => {
    const signed = await context.signing.sign({
      csr: csr.value,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      route: request.path,
      requester: request.requester,
    });
    return signed.ok ? ok({ state: 'issued', signed: signed.value }) : signed;
  });
  if (!once.ok) return once;
  const submission = once.value.value;
  if (submission.state === 'issued') return ok(submission.signed);
  return err(refusal(422, 'IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was used on another route', 'use a new key'));
}

/** Names beside the CSR must be the CSR's: a parameter that changed nothing would hide a mistake. */
function refuseOtherNames(legacy: LegacyRequest, csr: Csr): ApiError | undefined {
  const wanted = legacy.subject?.commonName;
  const name = commonName(csr.subject) ?? '';
  const dns = new Set(csr.sans.dns.map((entry) => entry.toLowerCase()));
  const isTheirs = wanted === undefined || (name === '' ? dns.has(wanted.toLowerCase()) : wanted === name);
  if (!isTheirs) {
    return refusal(
      400,
      'COMMON_NAME_MISMATCH',
      'the CN of subject is not that of the CSR',
      'leave subject out, or make a CSR with that name',
    );
  }
  const stranger = legacy.dnsNames.find((entry) => entry !== '' && !dns.has(entry.toLowerCase()));
  if (stranger === undefined || stranger === name) return undefined;
  return refusal(
    400,
    'NAME_MISMATCH',
    `${JSON.stringify(stranger)} is not a DNS name of the CSR`,
    'names are taken from the CSR: leave the DNS parameters out, or make a CSR with that name',
  );
}

function refusal(status: number, code: ApiError['code'], error: string, details: string): ApiError {
  return { status, code, error, details };
}

function notFound(what: string): ApiError {
  return refusal(404, 'NOT_FOUND', `${what} not found`, '');
}

const csrNeeded = refusal(
  400,
  'MISSING_CSR',
  'csr parameter is required',
  'this server makes no private keys, so a subject is not enough; send csr=<base64 of the CSR in DER>, as in new=1;csr=MIIC...',
);

const keyNotOffered = refusal(
  403,
  'KEY_NOT_OFFERED',
  'getKEY is not offered',
  'this server has no private keys but its own and gives none away; make the key yourself and send its CSR as csr=<base64 of the CSR in DER>',
);
