import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { verifyIssued } from '../../../src/issuing/verify.ts';
import type { Issued } from '../../../src/signers/signer.ts';
import { opensslCsr } from '../x509/tools.ts';
import { createOpensslCA, type OpensslCA } from './support/openssl-ca.ts';
import { createVerifyLab, sans, subject, usual, type VerifyLab } from './support/verify-lab.ts';
import { now } from './support/views.ts';

const minute = 60_000;
const added = `${sans}, DNS:www.a.example\n${usual}`;

let lab: VerifyLab;
let other: OpensslCA;
before(() => {
  lab = createVerifyLab();
  other = createOpensslCA();
});
after(() => {
  lab.close();
  other.close();
});

function verified(answer: Omit<Issued, 'outcome'>, strict = false): ReturnType<typeof verifyIssued> {
  return verifyIssued({ outcome: 'issued', ...answer }, lab.wanted(), now, strict);
}

describe('verifyIssued for an issuer that is strict', () => {
  test('refuses what differs from the request though it harms nobody, and says the field', () => {
    const result = verified({ chainPem: lab.leaf({ extensions: added }) }, true);
    assert.ok(!result.ok);
    assert.equal(result.error.code, 'IssuedDiffers');
    assert.match(
      result.error.message,
      /the CA added names: DNS:www\.a\.example\. It was refused, since spec\.verify of the issuer is strict/,
    );
  });

  test('takes a certificate that is as it was asked for', () => {
    const result = verified({ chainPem: lab.leaf() }, true);
    assert.deepEqual(result.ok && result.value.notices, []);
  });

  test('refuses before it waits for a certificate that becomes valid soon', () => {
    const soon = { notBefore: now + minute };
    const differing = verified({ chainPem: lab.leaf({ ...soon, extensions: added }) }, true);
    assert.equal(!differing.ok && differing.error.code, 'IssuedDiffers');
    const good = verified({ chainPem: lab.leaf(soon) }, true);
    assert.equal(!good.ok && good.error.afterMs, minute);
  });

  test('refuses for what is worse first', () => {
    const result = verified({ chainPem: lab.leaf({ extensions: 'subjectAltName = DNS:a.example, DNS:b.example' }) }, true);
    assert.equal(!result.ok && result.error.code, 'SanMissing');
  });
});

describe('verifyIssued where the issuer has a bundle of CA certificates', () => {
  test('completes the chain from it and gives it whole as ca, each certificate once', () => {
    const own = lab.leaf();
    const messy = `# ours\r\n${lab.ca.rootPem}${other.rootPem}${lab.ca.intermediatePem}${lab.ca.rootPem}`.replaceAll(
      '\n',
      '\r\n',
    );
    const result = verified({ chainPem: own, caBundlePem: messy });
    assert.ok(result.ok, result.ok ? '' : result.error.message);
    assert.equal(result.value.chain.chainPem, own + lab.ca.intermediatePem);
    assert.equal(result.value.chain.caPem, lab.ca.rootPem + other.rootPem + lab.ca.intermediatePem);
  });

  const trusted: readonly (readonly [string, () => string, () => string])[] = [
    ['the root alone', () => lab.leaf() + lab.ca.intermediatePem, () => lab.ca.rootPem],
    ['the intermediate alone', () => lab.leaf(), () => lab.ca.intermediatePem],
    [
      'the intermediate, while the CA sends the root too',
      () => lab.leaf() + lab.ca.rootPem + lab.ca.intermediatePem,
      () => lab.ca.intermediatePem,
    ],
  ];
  for (const [what, chain, bundle] of trusted) {
    test(`takes a bundle of ${what}`, () => {
      const result = verified({ chainPem: chain(), caBundlePem: bundle() });
      assert.equal(result.ok && result.value.chain.caPem, bundle());
      assert.ok(result.ok && result.value.chain.chainPem.endsWith(lab.ca.intermediatePem));
    });
  }

  const refused: readonly (readonly [string, () => string, () => string, string, RegExp])[] = [
    [
      'of another CA',
      () => lab.leaf() + lab.ca.intermediatePem + lab.ca.rootPem,
      () => other.rootPem,
      'ChainBroken',
      /no certificate of the issuer's caBundle issued it or any above it, up to "CN=Openssl root"/,
    ],
    [
      'without the certificate between',
      () => lab.leaf(),
      () => lab.ca.rootPem,
      'ChainBroken',
      /up to "O=Example, CN=a\.example"; put the CA's certificates into/,
    ],
    ['that holds no certificate', () => lab.leaf(), () => 'none', 'ChainBroken', /caBundle/],
    [
      'that is broken',
      () => lab.leaf(),
      () => '-----BEGIN CERTIFICATE-----\nAAAA',
      'ChainMalformed',
      /the issuer's caBundle: the block CERTIFICATE has no END line/,
    ],
    ['that holds the leaf only', () => leaf(), () => leaf(), 'ChainBroken', /caBundle/],
  ];
  for (const [what, chain, bundle, code, message] of refused) {
    test(`refuses a chain by a bundle ${what}`, () => {
      const result = verified({ chainPem: chain(), caBundlePem: bundle() });
      assert.ok(!result.ok);
      assert.equal(result.error.code, code);
      assert.match(result.error.message, message);
    });
  }

  test('still refuses a certificate of another key', () => {
    const result = verified({
      chainPem: lab.leaf({}, opensslCsr({ subject, extensions: sans })),
      caBundlePem: lab.ca.intermediatePem,
    });
    assert.equal(!result.ok && result.error.code, 'ChainKeyMismatch');
  });
});

let kept: string | undefined;
/** The same certificate each time. */
function leaf(): string {
  kept ??= lab.leaf();
  return kept;
}
