import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ChainOptions, type ChainProblem, normaliseChain } from '../../../src/x509/chain.ts';
import { csrWithKey, issued, subCA, testCA } from './ca-tools.ts';
import { goodCsr, openssl, opensslCsr } from './tools.ts';

const root = await testCA();
const csr = goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example' }));

function problemOf(pem: string, options: Partial<ChainOptions>): ChainProblem | undefined {
  const chain = normaliseChain(pem, { publicKey: csr.publicKey, ...options });
  return chain.ok ? undefined : chain.error;
}

describe('the issuers in a chain', () => {
  test('are CAs: a path through another certificate is broken, however well it is signed', async () => {
    const { csr: wanted, keyPem } = csrWithKey('web.example');
    const { certificatePem } = await issued(root, { csr: wanted });
    const files = { 'web.crt': certificatePem, 'web.key': keyPem, 'leaf.csr': csr.pem };
    const args = ['x509', '-req', '-in', 'leaf.csr', '-CA', 'web.crt', '-CAkey', 'web.key', '-CAcreateserial', '-days', '1'];
    const forged = openssl(args, files);
    for (const options of [{}, { bundlePem: root.certificatePem }, { caPem: root.certificatePem }]) {
      assert.equal(problemOf(forged + certificatePem, options)?.code, 'ChainBroken');
    }
    assert.equal(problemOf(forged, { bundlePem: root.certificatePem })?.code, 'ChainBroken');
  });

  test('are valid now, where it is said when that is', async () => {
    const lower = await subCA(root, 'Lower');
    const { certificatePem: leaf } = await issued(lower, { csr });
    const pem = leaf + lower.certificatePem + root.certificatePem;
    assert.equal(problemOf(pem, { now: Date.now() }), undefined);
    const over = problemOf(pem, { now: lower.notAfter + 1000 });
    assert.equal(over?.code, 'ChainBroken');
    assert.match(over.message, /^the CA certificate "CN=Lower.*" in it is valid from .* to .*, which is not now$/);
  });
});
