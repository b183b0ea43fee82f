import assert from 'node:assert/strict';
import type { HttpRequest } from '../../../../../src/signers/network/exchange.ts';
import type { PkiProblem } from '../../../../../src/signers/http-pki/problem.ts';
import { compileRequest } from '../../../../../src/signers/http-pki/request/request.ts';
import type { WrittenBody, WrittenRequest } from '../../../../../src/signers/http-pki/schema/request.ts';
import type { TemplateValues } from '../../../../../src/signers/http-pki/template/values.ts';
import { sampleValues } from '../template/sample-values.ts';

export const base = new URL('https://ca.example/api');

/** A body as the schema gives it. */
export function bodyOf(body: Partial<WrittenBody>): WrittenBody {
  return { rawEncoding: 'text', ...body };
}

/** The request that a configuration makes, which must be one. */
export function rendered(written: WrittenRequest, values: TemplateValues = sampleValues(), below: URL = base): HttpRequest {
  const compiled = compileRequest(written, 'pki.steps[0]');
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
  const request = compiled.value.render(values, below);
  assert.ok(request.ok, request.ok ? '' : request.error.message);
  return request.value;
}

/** Why a configuration that compiles makes no request. */
export function problemOf(written: WrittenRequest, values: TemplateValues = sampleValues(), below: URL = base): PkiProblem {
  const compiled = compileRequest(written, 'pki.steps[0]');
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.error);
  const request = compiled.value.render(values, below);
  assert.ok(!request.ok);
  return request.error;
}

/** Why a configuration does not compile. */
export function refusalOf(written: WrittenRequest): string {
  const compiled = compileRequest(written, 'pki.steps[0]');
  assert.ok(!compiled.ok);
  return compiled.error;
}

export function textOf(request: HttpRequest): string {
  return Buffer.from(request.body ?? []).toString('utf8');
}
