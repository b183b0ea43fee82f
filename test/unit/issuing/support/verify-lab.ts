import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { verifyIssued, type Verified, type VerifyProblem } from '../../../../src/issuing/verify.ts';
import type { SignRequest } from '../../../../src/signers/signer.ts';
import { goodCsr, opensslCsr } from '../../x509/tools.ts';
import { createOpensslCA, type OpensslCA, type Profile } from './openssl-ca.ts';
import { now } from './views.ts';

/** Extension lines of {@link VerifyLab.csrPem}, and of a usual certificate for it. */
export const sans = 'subjectAltName = DNS:a.example, IP:192.0.2.7';
export const usual = 'keyUsage = critical, digitalSignature, keyEncipherment';
export const subject = 'O = Example\nCN = a.example';

/** A request, a CA of openssl's that answers it as the test wants, and what is made of the answer. */
export interface VerifyLab {
  readonly ca: OpensslCA;
  /** Requests of an ECDSA and of an RSA key. */
  readonly csrPem: string;
  readonly rsaCsrPem: string;
  /** The key of the first. */
  readonly key: KeyObject;
  /** A request for a day. */
  wanted(overrides?: Partial<SignRequest>): SignRequest;
  /** A certificate for the request, as it was wanted where the profile does not say otherwise. */
  leaf(profile?: Profile, csr?: string): string;
  accepted(chainPem: string, request?: SignRequest, caPem?: string): Verified;
  refusedFor(chainPem: string, request?: SignRequest): VerifyProblem;
  close(): void;
}

export function createVerifyLab(): VerifyLab {
  const ca = createOpensslCA();
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const csrPem = opensslCsr({ key: ec, subject, extensions: sans });
  const lab: VerifyLab = {
    ca,
    csrPem,
    key: ec,
    rsaCsrPem: opensslCsr({ key: rsa, subject, extensions: sans }),
    wanted: (overrides = {}) => ({
      csr: goodCsr(csrPem),
      durationSeconds: 86_400,
      usages: ['digital signature', 'key encipherment'],
      isCA: false,
      idempotencyKey: 'uid-1',
      firstTryAt: now,
      origin: { name: 'web-1', namespace: 'team-a', uid: 'uid-1', annotations: {}, labels: {} },
      ...overrides,
    }),
    leaf: (profile = {}, csr = csrPem) => ca.sign(csr, { extensions: `${sans}\n${usual}`, ...profile }),
    accepted(chainPem, request = lab.wanted(), caPem) {
      const verified = verifyIssued({ outcome: 'issued', chainPem, ...(caPem === undefined ? {} : { caPem }) }, request, now);
      assert.ok(verified.ok, verified.ok ? '' : verified.error.message);
      return verified.value;
    },
    refusedFor(chainPem, request = lab.wanted()) {
      const verified = verifyIssued({ outcome: 'issued', chainPem }, request, now);
      assert.ok(!verified.ok);
      return verified.error;
    },
    close: ca.close,
  };
  return lab;
}
