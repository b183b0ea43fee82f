import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type Answer, type ClientTls, postJson } from '../../cas/https-client.ts';
import type { StandIn } from '../../cas/stand-ins/stand-in.ts';
import { isFor, makeCsr } from '../mockca/support/csrs.ts';

export const csr = makeCsr('/CN=a.example', ['DNS:a.example', 'URI:spiffe://example/a']);

/** A clock that tests turn. */
export function handClock(): { now: () => number; forward(seconds: number): void } {
  let now = Date.now();
  return {
    now: () => now,
    forward: (seconds) => void (now += seconds * 1000),
  };
}

/** Posts JSON to a stand-in and reads the JSON it answers. */
export async function post(
  standIn: StandIn,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  tls: ClientTls = {},
): Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly text: string }> {
  const answer: Answer = await postJson(`${standIn.url}${path}`, { ca: standIn.tlsCaPem, ...tls }, body, headers);
  return { status: answer.status, text: answer.text, json: JSON.parse(answer.text) as Record<string, unknown> };
}

/** That a certificate is for the CSR and has its names. */
export function assertIsForCsr(pem: string): X509Certificate {
  const certificate = new X509Certificate(pem);
  assert.ok(isFor(pem, csr), 'the certificate is for the key of the CSR');
  assert.match(certificate.subjectAltName ?? '', /DNS:a\.example, URI:spiffe:\/\/example\/a/);
  return certificate;
}
