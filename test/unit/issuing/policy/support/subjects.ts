import assert from 'node:assert/strict';
import { policyField, type PolicyRule } from '../../../../../src/api/policy-fields.ts';
import type { PolicySubject } from '../../../../../src/issuing/policy/contract.ts';
import { goodCsr, opensslCsr, p256Key } from '../../../x509/tools.ts';

type Written = Partial<{ readonly match: unknown; readonly allow: unknown; readonly name: string }>;

/** Rules as an issuer's author writes them. */
export function rulesOf(...rules: readonly Written[]): readonly PolicyRule[] {
  const named = rules.map((rule, at) => ({ name: `rule-${at}`, ...rule }));
  return policyField.parse({ rules: named }).rules ?? assert.fail();
}

/** What a test asks for; the rest is what any rule allows. */
export interface Asked extends Partial<Omit<PolicySubject, 'wanted'>>, Partial<Omit<PolicySubject['wanted'], 'csr'>> {
  readonly subject?: string;
  /** As OpenSSL's configuration has them: `DNS:a.example,IP:10.0.0.1`. */
  readonly sans?: string;
  readonly extensions?: string;
  readonly newkey?: readonly string[];
}

/** A request with a real CSR. */
export function subjectOf({ subject = '', sans, extensions, newkey = p256Key, ...more }: Asked): PolicySubject {
  const lines = [
    ...(sans === undefined ? [] : [`subjectAltName = ${sans}`]),
    ...(extensions === undefined ? [] : [extensions]),
  ];
  // OpenSSL takes no section without an attribute.
  const named = subject === '' ? { options: ['-subj', '/'] } : { subject };
  const csr = goodCsr(opensslCsr({ key: newkey, ...named, ...(lines.length === 0 ? {} : { extensions: lines.join('\n') }) }));
  const { kind = 'CertificateRequest', namespace, requester } = more;
  const { durationSeconds = 3600, usages = ['digital signature'], isCA = false } = more;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(requester === undefined ? {} : { requester }),
    wanted: { csr, durationSeconds, usages, isCA },
  };
}
