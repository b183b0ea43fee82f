import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, mock, test, type TestContext } from 'node:test';
import type { CertificateAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { normaliseChain } from '../../../src/x509/chain.ts';
import type { Csr } from '../../../src/x509/csr.ts';
import { createKnownCas } from '../../../src/x509/known-cas.ts';
import { issued, subCA, testCA } from './ca-tools.ts';
import { goodCsr, opensslCsr } from './tools.ts';

let root: CertificateAuthority;
let sub: CertificateAuthority;
let csr: Csr;
let leaf: string;

before(async () => {
  root = await testCA();
  sub = await subCA(root, 'Sub');
  csr = goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example' }));
  leaf = (await issued(sub, { csr })).certificatePem;
});

function countVerifications(t: TestContext): () => number {
  const verify = mock.method(X509Certificate.prototype, 'verify');
  t.after(() => verify.mock.restore());
  return () => verify.mock.callCount();
}

describe('the CA certificates that are known', () => {
  test('are read once, and a leaf each time', () => {
    const known = createKnownCas();
    const [ca, end] = [new X509Certificate(sub.certificatePem).raw, new X509Certificate(leaf).raw];
    assert.equal(known.read(ca)?.x509, known.read(new Uint8Array(ca))?.x509);
    assert.notEqual(known.read(end)?.x509, known.read(end)?.x509);
  });

  test('do not stand for one that differs in an octet, or has something behind it', () => {
    const known = createKnownCas();
    const der = new Uint8Array(new X509Certificate(sub.certificatePem).raw);
    const whole = known.read(der);
    const longer = known.read(Buffer.concat([der, Buffer.from([0])]));
    assert.equal(longer?.raw.length, der.length);
    assert.notEqual(longer.x509, whole?.x509);
    const changed = der.with(der.length - 1, (der.at(-1) ?? 0) ^ 1);
    assert.notEqual(known.read(changed)?.x509, whole?.x509);
    assert.equal(known.read(der.subarray(0, der.length - 1)), undefined);
  });

  test('are forgotten, the oldest first, where there are more than 64', async () => {
    const known = createKnownCas();
    const ders: Uint8Array[] = [];
    for (let at = 0; at < 65; at++) ders.push(new X509Certificate((await testCA()).certificatePem).raw);
    const [first, second] = ders.map((der) => known.read(der));
    assert.notEqual(known.read(ders[0] ?? new Uint8Array())?.x509, first?.x509);
    // To read the first again has driven out the second.
    assert.notEqual(known.read(ders[1] ?? new Uint8Array())?.x509, second?.x509);
    const last = known.read(ders.at(-1) ?? new Uint8Array());
    assert.equal(known.read(ders.at(-1) ?? new Uint8Array())?.x509, last?.x509);
  });

  test('are not verified again in the chain of another leaf, and that leaf is', async (t) => {
    const verifications = countVerifications(t);
    const known = createKnownCas();
    const chainOf = (pem: string): boolean =>
      normaliseChain(pem + root.certificatePem + sub.certificatePem, { publicKey: csr.publicKey, known }).ok;
    assert.equal(chainOf(leaf), true);
    assert.equal(verifications(), 3);
    assert.equal(chainOf((await issued(sub, { csr })).certificatePem), true);
    assert.equal(verifications(), 4);
    assert.equal(chainOf(leaf), true);
    assert.equal(verifications(), 5);
  });

  test('do not make a leaf believed that another key has signed', async () => {
    const known = createKnownCas();
    const chainOf = (pem: string): ReturnType<typeof normaliseChain> =>
      normaliseChain(pem + sub.certificatePem + root.certificatePem, { publicKey: csr.publicKey, known });
    assert.equal(chainOf(leaf).ok, true);
    const impostor = await subCA(await testCA(), 'Sub');
    const forged = chainOf((await issued(impostor, { csr })).certificatePem);
    assert.equal(forged.ok ? '' : forged.error.code, 'ChainBroken');
  });
});
