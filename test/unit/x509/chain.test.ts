import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { CertificateAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { type Chain, type ChainOptions, type ChainProblem, normaliseChain } from '../../../src/x509/chain.ts';
import type { Csr } from '../../../src/x509/csr.ts';
import { encodePem } from '../../../src/x509/pem.ts';
import { loadAuthority } from '../../../src/signers/mock-ca/load.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { csrWithKey, issued, subCA, testCA } from './ca-tools.ts';
import { goodCsr, openssl, opensslCsr } from './tools.ts';

let root: CertificateAuthority;
let upper: CertificateAuthority;
let lower: CertificateAuthority;
let csr: Csr;
let leaf: string;

before(async () => {
  root = await testCA();
  upper = await subCA(root, 'Upper');
  lower = await subCA(upper, 'Lower');
  csr = goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example' }));
  leaf = (await issued(lower, { csr })).certificatePem;
});

function chainOf(pem: string, options: Partial<ChainOptions> = {}): Chain {
  const chain = normaliseChain(pem, { publicKey: csr.publicKey, ...options });
  assert.ok(chain.ok, chain.ok ? '' : chain.error.message);
  return chain.value;
}

function problemOf(pem: string, options: Partial<ChainOptions> = {}): ChainProblem {
  const chain = normaliseChain(pem, { publicKey: csr.publicKey, ...options });
  assert.ok(!chain.ok);
  return chain.error;
}

describe('normaliseChain', () => {
  test('puts leaf and intermediates in order and the root apart, in whatever order they came', () => {
    const [a, b, c, d] = [leaf, lower.certificatePem, upper.certificatePem, root.certificatePem];
    for (const order of [a + b + c + d, d + c + b + a, c + a + d + b, b + d + a + c]) {
      const chain = chainOf(order);
      assert.equal(chain.chainPem, a + b + c);
      assert.equal(chain.caPem, d);
      assert.equal(chain.rootPem, d);
      assert.deepEqual(chain.leaf.sans.dns, ['a.example']);
    }
  });

  test('drops duplicates, CR LF and text between', () => {
    const messy = `subject=x\r\n${(leaf + lower.certificatePem).replaceAll('\n', '\r\n')}\n\n${leaf}${upper.certificatePem.trimEnd()}`;
    assert.equal(chainOf(messy).chainPem, leaf + lower.certificatePem + upper.certificatePem);
  });

  test('gives the highest certificate as ca where there is no root, and keeps it in the chain', () => {
    const chain = chainOf(leaf + lower.certificatePem);
    assert.equal(chain.chainPem, leaf + lower.certificatePem);
    assert.equal(chain.caPem, lower.certificatePem);
    assert.equal(chain.rootPem, undefined);
  });

  test('gives no ca for a lone leaf', () => {
    assert.deepEqual({ ...chainOf(leaf), leaf: undefined }, { leaf: undefined, above: [], chainPem: leaf, caPem: '' });
  });

  test('gives a lone self-signed certificate as chain and as ca', () => {
    const { publicKey } = chainOf(root.certificatePem, { publicKey: keyOf(root) }).leaf.x509;
    const chain = chainOf(root.certificatePem, { publicKey });
    assert.deepEqual(
      [chain.chainPem, chain.caPem, chain.rootPem],
      [root.certificatePem, root.certificatePem, root.certificatePem],
    );
  });

  test('completes the path from what the CA names as its own, without the rest of that', async () => {
    const other = await testCA({ commonName: 'Other' });
    const caPem = other.certificatePem + root.certificatePem + upper.certificatePem;
    const chain = chainOf(leaf + lower.certificatePem, { caPem });
    assert.equal(chain.chainPem, leaf + lower.certificatePem + upper.certificatePem);
    assert.equal(chain.caPem, root.certificatePem);
  });

  test('takes an intermediate of the chain that the CA names as its own for the highest, where there is no root', () => {
    const chain = chainOf(leaf + lower.certificatePem, { caPem: lower.certificatePem });
    assert.equal(chain.chainPem, leaf + lower.certificatePem);
    assert.equal(chain.caPem, lower.certificatePem);
    assert.equal(chain.rootPem, undefined);
  });

  test('follows the cross-signed one of two certificates of a CA, and takes the other for part of the answer', async () => {
    const old = await testCA({ commonName: 'Old root' });
    const { csr: caCsr, keyPem } = csrWithKey('Crossed');
    const crossed = (await issued(old, { csr: caCsr, isCA: true })).certificatePem;
    const { selfSigned, authority } = selfSign(caCsr, keyPem, crossed + old.certificatePem);
    const end = (await issued(authority, { csr })).certificatePem;
    const chain = chainOf(end + selfSigned + crossed + old.certificatePem);
    assert.equal(chain.chainPem, end + crossed);
    assert.equal(chain.caPem, old.certificatePem);
  });

  test('reads what the verification of a leaf needs', () => {
    const { leaf: certificate } = chainOf(leaf);
    assert.equal(certificate.isCA, false);
    assert.deepEqual(certificate.keyUsage, [0]);
    assert.equal(certificate.extendedKeyUsage, undefined);
    assert.deepEqual(Buffer.from(certificate.subject.der), Buffer.from(csr.subject.der));
  });

  const refused: readonly {
    readonly what: string;
    readonly pem: () => string | Promise<string>;
    readonly options?: () => Partial<ChainOptions>;
    readonly code: string;
    readonly words: RegExp;
  }[] = [
    { what: 'no certificate', pem: () => '', code: 'ChainEmpty', words: /no certificate in it/ },
    { what: 'only other things', pem: () => goodCsr(opensslCsr({})).pem, code: 'ChainEmpty', words: /no certificate in it/ },
    { what: 'broken PEM', pem: () => leaf.slice(0, 300), code: 'ChainMalformed', words: /no END line/ },
    {
      what: 'bytes that are no certificate',
      pem: () => csr.pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
      code: 'ChainMalformed',
      words: /certificate 1 is not/,
    },
    { what: 'bytes behind a certificate', pem: () => leaf + trailing(), code: 'ChainMalformed', words: /certificate 2 is not/ },
    {
      what: 'a certificate of another key',
      pem: async () => (await issued(root, { csr: csrWithKey('b').csr })).chainPem,
      code: 'ChainKeyMismatch',
      words: /for the public key of the CSR .*"CN=b"/,
    },
    {
      what: 'a certificate that belongs to no path',
      pem: async () => leaf + (await testCA({ commonName: 'Stray' })).certificatePem,
      code: 'ChainBroken',
      words: /"CN=Stray" is neither/,
    },
    {
      what: 'a gap between leaf and root',
      pem: () => leaf + upper.certificatePem + root.certificatePem,
      code: 'ChainBroken',
      words: /"CN=Upper" is neither/,
    },
    {
      what: 'a CA of the right name and the wrong key',
      pem: async () => (await issued(await testCA(), { csr })).certificatePem + root.certificatePem,
      code: 'ChainBroken',
      words: /neither/,
    },
    {
      what: 'a named CA that issued nothing in it',
      pem: () => leaf + lower.certificatePem,
      options: () => ({ caPem: root.certificatePem }),
      code: 'ChainBroken',
      words: /names as its own/,
    },
    {
      what: 'more than 20 certificates',
      pem: async () =>
        (await Promise.all(Array.from({ length: 21 }, () => issued(root, { csr }))))
          .map(({ certificatePem }) => certificatePem)
          .join(''),
      code: 'ChainTooLarge',
      words: /more than 20/,
    },
    { what: 'more than a megabyte', pem: () => leaf.repeat(2000), code: 'ChainTooLarge', words: /at most 1048576/ },
  ];
  for (const { what, pem, options = () => ({}), code, words } of refused) {
    test(`refuses ${what}`, async () => {
      const problem = problemOf(await pem(), options());
      assert.equal(problem.code, code, problem.message);
      assert.match(problem.message, words);
    });
  }
});

function trailing(): string {
  const [, body = ''] = /-\n([^-]+)-/.exec(lower.certificatePem) ?? [];
  return encodePem('CERTIFICATE', Buffer.concat([Buffer.from(body, 'base64'), Buffer.alloc(2)]));
}

function keyOf(ca: CertificateAuthority): KeyObject {
  return new X509Certificate(ca.certificatePem).publicKey;
}

/** A CA that has, beside its certificate from another, a self-signed one of the same name and key. */
function selfSign(
  request: Csr,
  keyPem: string,
  chain: string,
): { readonly selfSigned: string; readonly authority: CertificateAuthority } {
  const args = ['x509', '-req', '-in', 'csr.pem', '-signkey', 'key.pem', '-days', '30', '-extfile', 'ext'];
  const ext = 'basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash';
  const selfSigned = openssl(args, { 'csr.pem': request.pem, 'key.pem': keyPem, ext });
  const authority = loadAuthority({ certificatePem: chain, keyPem }, { clock: systemClock });
  assert.ok(authority.ok);
  return { selfSigned, authority: authority.value };
}
