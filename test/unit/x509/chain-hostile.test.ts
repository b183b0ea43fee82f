import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { mock, test } from 'node:test';
import { ok } from '../../../src/lib/result.ts';
import { normaliseChain } from '../../../src/x509/chain.ts';
import { signCertificate } from '../../../src/x509/issue.ts';
import { encodeAlgorithm } from '../../../src/x509/signature-algorithm.ts';
import { goodCsr, opensslCsr } from './tools.ts';

const { der: name } = goodCsr(opensslCsr({ subject: 'CN = Same' })).subject;
const algorithm = encodeAlgorithm('ES256');
const keys = Array.from({ length: 6 }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }));

/** A certificate that, by all it says, any other of these may have issued: one name, no key identifiers. */
async function nameless(subject: KeyObject, issuer: KeyObject): Promise<string> {
  const spki = subject.export({ format: 'der', type: 'spki' });
  const times = { notBefore: Date.now(), notAfter: Date.now() + 60_000 };
  const draft = { algorithm, issuer: name, subject: name, spki, extensions: [], ...times };
  const made = await signCertificate(draft, async (tbs) => ok(sign('sha256', tbs, issuer)));
  return made.ok ? made.value.pem : made.error;
}

test('120 certificates of one name are refused after 100 signatures', async (t) => {
  const [first] = keys;
  assert.ok(first);
  const pems: string[] = [];
  for (let at = 0; at < 120; at++) {
    const [own, above] = [keys[at % keys.length], keys[(at + 1) % keys.length]];
    assert.ok(own && above);
    pems.push(await nameless(own.publicKey, above.privateKey));
  }
  const verify = mock.method(X509Certificate.prototype, 'verify');
  t.after(() => verify.mock.restore());
  const chain = normaliseChain(pems.slice(0, 20).join(''), {
    publicKey: first.publicKey,
    caPem: pems.slice(20).join(''),
  });
  assert.ok(!chain.ok);
  assert.equal(chain.error.code, 'ChainTooLarge');
  assert.match(chain.error.message, /100 signatures do not put it in order/);
  assert.equal(verify.mock.callCount(), 100);
});
