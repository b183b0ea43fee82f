import { ok, type Result } from '../lib/result.ts';
import { commonName } from '../x509/name.ts';
import type { Csr } from '../x509/csr.ts';
import { readCsr } from './csr-text.ts';
import type { ApiContext, ApiRequest } from './context.ts';
import { type ApiError, errorReply, jsonReply, type Reply } from './reply.ts';
import { parseSignBody } from './sign-body.ts';
import { type Signed, signedJson } from './signed.ts';
import { refuseCA } from './signing.ts';

/** `POST /sign` and its two other names: signs, or takes the request in where the server was told to answer late. */
export async function signRoute(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const contentType = request.headers['content-type'] ?? '';
  const body = parseSignBody(request.body, contentType);
  if (!body.ok) return errorReply(body.error, 'json');
  if (body.value.ignored.length > 0)
    context.log.warn({ route: request.path, fields: body.value.ignored }, 'ignored unknown fields');
  const csr = readCsr(body.value.csr);
  if (!csr.ok) return errorReply(csr.error, 'json');
  const refusal = refuseCA(csr.value) ?? refuseOtherName(csr.value, body.value.commonName);
  if (refusal !== undefined) return errorReply(refusal, 'json');

  const idempotencyKey = request.headers['idempotency-key'];
  const sign = async (): Promise<Result<Signed, ApiError>> =>
    context.signing.sign({
      csr: csr.value,
      ...(body.value.validityDays === undefined ? {} : { validityDays: body.value.validityDays }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      route: request.path,
      requester: request.requester,
    });
  const submission = await context.once.run(idempotencyKey, request.body, async () => {
    if (context.pendingPolls > 0) return ok({ state: 'pending', id: context.pending.add(sign) });
    const signed = await sign();
    return signed.ok ? ok({ state: 'issued', signed: signed.value }) : signed;
  });
  if (!submission.ok) return errorReply(submission.error, 'json');
  const headers = submission.value.replayed ? { 'Idempotency-Replayed': 'true' } : {};
  const { value } = submission.value;
  if (value.state === 'issued') return jsonReply(200, signedJson(value.signed), headers);
  const poll = await context.pending.peek(value.id);
  if (poll?.state === 'done' && poll.result.ok) return jsonReply(200, signedJson(poll.result.value), headers);
  return pendingReply(value.id, headers);
}

/** `GET /requests/{id}`: how a request that was taken in is doing. */
export async function pollRoute(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const id = request.path.slice('/requests/'.length);
  const poll = await context.pending.poll(id);
  if (poll === undefined) return errorReply(unknownRequest, 'json');
  if (poll.state === 'pending') return pendingReply(id, {});
  if (!poll.result.ok) return errorReply(poll.result.error, 'json');
  return jsonReply(200, { request_id: id, status: 'issued', ...signedJson(poll.result.value) });
}

function pendingReply(id: string, headers: Readonly<Record<string, string>>): Reply {
  return jsonReply(202, { request_id: id, status: 'pending' }, { Location: `/requests/${id}`, 'Retry-After': '1', ...headers });
}

function refuseOtherName(csr: Csr, wanted: string | undefined): ApiError | undefined {
  const name = commonName(csr.subject) ?? '';
  if (wanted === undefined || wanted === name) return undefined;
  return {
    status: 400,
    code: 'COMMON_NAME_MISMATCH',
    error: 'common_name is not the common name of the CSR',
    details: `${name === '' ? 'the CSR has none' : `the CSR has ${JSON.stringify(name)}`}; the subject is taken from the CSR: leave common_name out, or make a CSR with that name`,
  };
}

const unknownRequest: ApiError = {
  status: 404,
  code: 'REQUEST_NOT_FOUND',
  error: 'no such request',
  details: 'requests are known for a day and until the server restarts; send the CSR again',
};
