import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { verifyIssued } from '../../src/issuing/verify.ts';
import type { Issued, Signer, SignOutcome, SignRequest } from '../../src/signers/signer.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { normaliseChain } from '../../src/x509/chain.ts';
import { resolveUsages } from '../../src/x509/usages.ts';
import { goodCsr, openssl, opensslCsr, type OpensslCsr } from '../unit/x509/tools.ts';

/** A signer under test: how it is opened, and what its CA is not meant to do. */
export interface SignerSubject {
  readonly name: string;
  /** Opens a signer that works; what it needs is made here or before. */
  readonly open: () => Promise<Signer>;
  /** What the CA behind it signs; everything where it is absent. */
  readonly signs?: {
    /** Names of keys as in the table below. */
    readonly keys?: readonly string[];
    /** Whether it signs CA certificates. */
    readonly cas?: boolean;
    /** Whether usages and lifetimes are the requester's, and not the CA's own. */
    readonly asAsked?: boolean;
  };
  /** A request that no retry can save. Absent: one whose CSR names nobody. */
  readonly impossible?: () => SignRequest;
}

const maxPolls = 20;
const maxPollWaitMs = 200;
const minute = 60_000;

const keys: Readonly<Record<string, () => KeyObject>> = {
  'RSA 2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'RSA 4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey,
  'ECDSA P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'ECDSA P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'ECDSA P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
};

const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.com`;
const names: Readonly<Record<string, OpensslCsr>> = {
  'a common name alone': {},
  'DNS names and a wildcard': { extensions: 'subjectAltName = DNS:a.example.com,DNS:*.example.com' },
  'IPv4 and IPv6 addresses': { extensions: 'subjectAltName = IP:10.0.0.1,IP:2001:db8::1' },
  'a URI and an email address': { extensions: 'subjectAltName = URI:spiffe://td/ns/a/sa/b,email:jo@example.com' },
  'an otherName': { extensions: 'subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jo@corp' },
  'a DNS name of over 200 characters and no common name': { subject: 'O = Acme', extensions: `subjectAltName = DNS:${long}` },
  'a literal subject in an unusual order': { subject: 'CN = first\nO = Acme, Inc.\n0.OU = one\n1.+OU = two\nC = DE' },
};

let requests = 0;

/** A request for a CSR of openssl's making; what is not given is what cert-manager would ask by default. */
export function requestFor(csr: OpensslCsr, rest: Partial<SignRequest> = {}): SignRequest {
  requests += 1;
  const uid = `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`;
  return {
    csr: goodCsr(opensslCsr(csr)),
    durationSeconds: 90 * 86_400,
    usages: ['digital signature', 'key encipherment'],
    isCA: false,
    idempotencyKey: uid,
    firstTryAt: Date.now(),
    origin: { name: `web-${requests}`, namespace: 'team-a', uid, annotations: {}, labels: {} },
    ...rest,
  };
}

/** What every signer must do, as tests: the core relies on it and on nothing more. */
export function describeSigner(subject: SignerSubject): void {
  const { keys: keyNames = Object.keys(keys), cas = true, asAsked = true } = subject.signs ?? {};
  const { signal } = new AbortController();
  let signer: Signer;

  /** Signs as the core does: a CA that wants to be asked again is, and the core's own checks must find nothing to say. */
  async function sign(request: SignRequest): Promise<{ readonly leaf: Certificate; readonly issued: Issued }> {
    let outcome: SignOutcome = await signer.sign(request, { signal });
    for (let polls = 0; outcome.outcome === 'pending' && polls < maxPolls; polls += 1) {
      await delay(Math.min(outcome.afterMs, maxPollWaitMs));
      assert.ok(signer.poll !== undefined, 'a signer that answers pending can be polled');
      outcome = await signer.poll(outcome.id, request, { signal });
    }
    assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
    const verified = verifyIssued(outcome, request, Date.now());
    assert.ok(verified.ok, verified.ok ? '' : verified.error.message);
    if (asAsked) assert.deepEqual(verified.value.notices, []);
    return { leaf: verified.value.chain.leaf, issued: outcome };
  }

  describe(`the signer ${subject.name}`, () => {
    before(async () => {
      signer = await subject.open();
    });
    after(async () => signer.close());

    test('is healthy, and says so in words', async () => {
      const check = await signer.check({ signal });
      assert.equal(check.outcome, 'healthy', check.message);
      assert.match(check.message, /\w+ \w+/);
    });

    for (const keyName of keyNames) {
      test(`signs for a key ${keyName}, and openssl verifies the chain`, async () => {
        const request = requestFor({ key: keys[keyName]?.() ?? [], extensions: 'subjectAltName = DNS:a.example.com' });
        const { issued } = await sign(request);
        assert.equal(opensslVerify(issued, request), 'leaf.pem: OK');
      });
    }

    for (const [what, csr] of Object.entries(names)) {
      test(`keeps ${what}`, async () => {
        const request = requestFor(csr);
        const { leaf } = await sign(request);
        assert.deepEqual(leaf.sans, request.csr.sans);
        assert.deepEqual(Buffer.from(leaf.subject.der), Buffer.from(request.csr.subject.der));
      });
    }

    test('gives each request a certificate of its own, many at once too', async () => {
      const wanted = Array.from({ length: 10 }, () => requestFor({}));
      const serials = (await Promise.all(wanted.map(sign))).map(({ leaf }) => leaf.serialHex);
      assert.equal(new Set(serials).size, 10);
    });

    test('signs as long as was asked, to the minute', { skip: !asAsked }, async () => {
      for (const durationSeconds of [3600, 86_400 * 30]) {
        const { leaf } = await sign(requestFor({}, { durationSeconds }));
        assert.ok(Math.abs(leaf.notAfter - Date.now() - durationSeconds * 1000) <= minute);
        assert.ok(leaf.notBefore <= Date.now());
      }
    });

    test('gives the usages that were asked for', { skip: !asAsked }, async () => {
      for (const usages of [
        ['server auth'],
        ['digital signature', 'client auth', 'server auth'],
        ['key agreement', 'code signing'],
      ]) {
        const { leaf } = await sign(requestFor({}, { usages }));
        const wanted = resolveUsages(usages).usages;
        assert.deepEqual(leaf.keyUsage ?? [], wanted.keyUsage);
        assert.deepEqual(leaf.extendedKeyUsage ?? [], wanted.extendedKeyUsage);
      }
    });

    test('signs a CA with its path length and name constraints', { skip: !cas }, async () => {
      const extensions = 'basicConstraints = critical,CA:TRUE,pathlen:0\nnameConstraints = critical,permitted;DNS:example.com';
      const request = requestFor(
        { subject: 'CN = Sub CA', extensions },
        { isCA: true, usages: ['digital signature', 'cert sign', 'crl sign'] },
      );
      const { leaf } = await sign(request);
      assert.equal(leaf.isCA, true);
      assert.equal(leaf.pathLength, 0);
      assert.deepEqual(leaf.keyUsage, [0, 5, 6]);
    });

    test('signs no CA where none was asked for', async () => {
      const { leaf } = await sign(requestFor({}));
      assert.equal(leaf.isCA, false);
    });

    test('fails for good what can never be signed, with a code and a reason', async () => {
      const request = subject.impossible?.() ?? requestFor({ subject: '', options: ['-subj', '/'] });
      const outcome = await signer.sign(request, { signal });
      assert.equal(outcome.outcome, 'failed');
      assert.match(outcome.code, /^[A-Z][A-Za-z]+$/);
      assert.match(outcome.message, /\w+ \w+/);
    });

    test('obeys an abort, before and meanwhile: rejects with its reason', async () => {
      const reason = new Error('shutdown');
      const stopping = new AbortController();
      const signing = signer.sign(requestFor({}), { signal: stopping.signal });
      stopping.abort(reason);
      await assert.rejects(signing, reason);
      const aborted = { signal: AbortSignal.abort(reason) };
      await assert.rejects(signer.sign(requestFor({}), aborted), reason);
      await assert.rejects(signer.check(aborted), reason);
    });

    test('can be closed, and closed again', async () => {
      const another = await subject.open();
      await another.close();
      await another.close();
    });
  });
}

function opensslVerify({ chainPem, caPem }: Issued, { csr }: SignRequest): string {
  const chain = normaliseChain(chainPem, { publicKey: csr.publicKey, ...(caPem === undefined ? {} : { caPem }) });
  assert.ok(chain.ok);
  const files = { 'leaf.pem': chain.value.leaf.pem, 'chain.pem': chain.value.chainPem, 'ca.pem': chain.value.caPem };
  const args = ['verify', '-x509_strict', '-partial_chain', '-CAfile', 'ca.pem', '-untrusted', 'chain.pem', 'leaf.pem'];
  return openssl(args, files).trim();
}
