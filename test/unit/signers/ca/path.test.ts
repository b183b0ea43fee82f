import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verifyIssued } from '../../../../src/issuing/verify.ts';
import { read } from '../../x509/ca-tools.ts';
import { goodCsr, openssl, opensslCsr } from '../../x509/tools.ts';
import { below, chainOf } from './support/below.ts';
import { assertIssued, caExtensions, createLab, held, keyPem, request, selfSigned } from './support/fake-holder.ts';

const day = 86_400_000;
const longest = { durationSeconds: 90 * 86_400 };
const root = selfSigned(keyPem(), caExtensions, 3650, 'Root');
const subCsr = goodCsr(opensslCsr({ subject: 'CN = Sub' }));

function rootWith(extensions: string): ReturnType<typeof selfSigned> {
  return selfSigned(keyPem(), extensions, 3650, 'Root');
}

describe('a certificate above the CA that ends before it', () => {
  const middle = below(root, 'Middle', { days: 40 });
  const ca = chainOf(below(middle, 'Lower'), middle, root);
  const { notAfter } = read(middle.certificatePem);
  const end = new Date(notAfter).toISOString().replace('.000', '');

  test('ends what is issued, and the requester is told which it is', async () => {
    const lab = createLab(held(ca));
    const check = await lab.check();
    assert.ok(check.outcome === 'healthy', check.message);
    assert.ok(check.message.endsWith(`is valid until ${end}, when "CN=Middle" above it ends.`), check.message);
    assert.equal(check.ca?.notAfter, read(ca.certificatePem).notAfter, 'the facts are those of the CA certificate');
    const outcome = assertIssued(await lab.sign(longest));
    const verified = verifyIssued(outcome, { ...request, ...longest }, Date.now());
    assert.ok(verified.ok);
    assert.equal(verified.value.chain.leaf.notAfter, notAfter);
    assert.match(verified.value.notices[0]?.note ?? '', /, since the certificate "CN=Middle" above its CA ends then\.$/);
    const preview = await lab.signer.preview?.(request);
    assert.ok(preview?.ok);
    assert.match(preview.value.join(), new RegExp(`but not beyond ${end}, when "CN=Middle" above the CA ends$`));
  });

  test('is warned of before, and nothing is asked of the key after', async () => {
    let now = notAfter - 60_000;
    const lab = createLab(held(ca), {}, { now: () => now });
    const check = await lab.check();
    assert.ok(check.outcome === 'healthy');
    const [warning, ...others] = check.warnings ?? [];
    assert.deepEqual(others, []);
    assert.equal(warning?.code, 'CAExpiresSoon');
    assert.match(warning.message, new RegExp(`^The certificate "CN=Middle" above the CA "CN=Lower" ends at ${end}: `));
    now = notAfter;
    lab.calls.length = 0;
    const outcome = await lab.sign();
    assert.deepEqual(outcome, {
      outcome: 'issuer-broken',
      code: 'IssuerExpired',
      message: `The certificate "CN=Middle" above the CA expired at ${end}; renew it.`,
    });
    assert.deepEqual(lab.calls, []);
    const later = await lab.check();
    assert.ok(later.outcome === 'issuer-broken');
    assert.equal(later.code, 'IssuerExpired');
    assert.match(later.message, /cannot be used: the certificate "CN=Middle" above it expired at .*; renew it\.$/);
  });

  test('may be the root', async () => {
    const short = selfSigned(root.keyPem, caExtensions, 10, 'Root');
    const own = below(root, 'Lower');
    const now = Date.now() + 11 * day;
    const check = await createLab(held(chainOf(own, short)), {}, { now: () => now }).check();
    assert.equal(check.outcome === 'issuer-broken' && check.code, 'IssuerExpired');
    const renewed = createLab(held(chainOf(own, short)), { caBundlePem: root.certificatePem }, { now: () => now });
    assert.equal((await renewed.check()).outcome, 'healthy', 'clients that are given the renewed root have a way to it');
    const both = createLab(held(chainOf(own, short, root)), {}, { now: () => now });
    assert.equal((await both.check()).outcome, 'healthy');
  });

  test('counts out of the bundle only where it is the issuer above', async () => {
    const own = below(root, 'Lower');
    const stranger = selfSigned(keyPem(), caExtensions, 10, 'Old Root');
    const short = selfSigned(root.keyPem, caExtensions, 10, 'Root');
    const endOf = async (caBundlePem: string): Promise<number> =>
      read(assertIssued(await createLab(held(own), { caBundlePem }).sign(longest)).chainPem).notAfter;
    assert.ok((await endOf(stranger.certificatePem + root.certificatePem)) > Date.now() + 80 * day);
    assert.equal(await endOf(short.certificatePem), read(short.certificatePem).notAfter);
  });

  test('that has not begun has the issuer wait', async () => {
    const now = read(middle.certificatePem).notBefore - 1000;
    const early = await createLab(held(ca), {}, { now: () => now }).check();
    assert.equal(early.outcome === 'retry' && early.code, 'IssuerNotYetValid');
  });
});

describe('the path lengths above the CA', () => {
  const narrow = (length: number): string =>
    `basicConstraints=critical,CA:TRUE,pathlen:${length}\nkeyUsage=critical,keyCertSign`;

  test('leave less to a CA below it', async () => {
    const top = rootWith(narrow(2));
    const lab = createLab(held(chainOf(below(top, 'Lower'), top)));
    const sub = assertIssued(await lab.sign({ csr: subCsr, isCA: true, usages: ['cert sign'] }));
    assert.equal(read(sub.chainPem).pathLength, 0);
  });

  test('may leave no room for one', async () => {
    const top = rootWith(narrow(1));
    const lab = createLab(held(chainOf(below(top, 'Lower'), top)));
    assertIssued(await lab.sign());
    const sub = await lab.sign({ csr: subCsr, isCA: true, usages: ['cert sign'] });
    assert.equal(sub.outcome === 'failed' && sub.code, 'PathLengthExceeded');
  });

  test('may be too short for the CA itself, which openssl refuses too', async () => {
    const top = rootWith(narrow(0));
    const own = below(top, 'Lower');
    const check = await createLab(held(chainOf(own, top))).check();
    assert.ok(check.outcome === 'issuer-broken');
    assert.equal(check.code, 'ConfigError');
    assert.match(
      check.message,
      /there are more CAs below "CN=Root" than its path length 0 allows, so nobody takes what is signed; have/,
    );
    const leaf = below(own, 'leaf', { extensions: 'basicConstraints=CA:FALSE' });
    const files = { r: top.certificatePem, u: own.certificatePem, l: leaf.certificatePem };
    assert.throws(() => openssl(['verify', '-CAfile', 'r', '-untrusted', 'u', 'l'], files), /path length constraint exceeded/);
  });

  test('do not count a CA that changed its key', async () => {
    const top = rootWith(narrow(1));
    const successor = below(top, 'Root');
    const own = below(successor, 'Lower');
    const lab = createLab(held(chainOf(own, successor, top)));
    const { chainPem } = assertIssued(await lab.sign());
    const files = { r: top.certificatePem, c: chainPem };
    assert.match(openssl(['verify', '-CAfile', 'r', '-untrusted', 'c', 'c'], files), /^c: OK/);
  });
});

describe('what certificates above the CA permit', () => {
  test('is which names it may certify', async () => {
    const top = rootWith(`${caExtensions}\nnameConstraints=critical,permitted;DNS:example.com`);
    const middle = below(top, 'Middle', { extensions: `${caExtensions}\nnameConstraints=critical,excluded;DNS:b.example.com` });
    const lab = createLab(held(chainOf(below(middle, 'Lower'), middle, top)));
    assertIssued(await lab.sign());
    for (const [name, whose] of [
      ['b.example.com', 'excluded by the name constraints of "CN=Middle" above the CA'],
      ['a.example.org', 'outside of what the name constraints of "CN=Root" above the CA permit ("example.com")'],
    ] as const) {
      const csr = goodCsr(opensslCsr({ subject: 'CN = x', extensions: `subjectAltName = DNS:${name}` }));
      const outcome = await lab.sign({ csr });
      assert.ok(outcome.outcome === 'failed', name);
      assert.equal(outcome.code, 'NameNotPermitted');
      assert.ok(outcome.message.includes(whose), outcome.message);
    }
  });

  test('is to be read', async () => {
    // Permitted is the DNS name "a" with a minimum of 1.
    const top = rootWith(`${caExtensions}\n2.5.29.30=critical,DER:300aa0083006820161800101`);
    const check = await createLab(held(chainOf(below(top, 'Lower'), top))).check();
    assert.equal(check.outcome === 'issuer-broken' && check.code, 'ConfigError');
    assert.match(
      check.outcome === 'issuer-broken' ? check.message : '',
      /a name constraint of "CN=Root" above the CA has a minimum or/,
    );
  });

  test('is which usages it may give', async () => {
    const top = rootWith(`${caExtensions}\nextendedKeyUsage=clientAuth,serverAuth`);
    const own = below(top, 'Lower', { extensions: `${caExtensions}\nextendedKeyUsage=clientAuth,emailProtection` });
    const lab = createLab(held(chainOf(own, top)));
    for (const usages of [['client auth'], ['digital signature'], []]) assertIssued(await lab.sign({ usages }));
    lab.calls.length = 0;
    for (const usage of ['server auth', 'email protection', 'any']) {
      const outcome = await lab.sign({ usages: ['client auth', usage] });
      assert.deepEqual(outcome, {
        outcome: 'failed',
        code: 'UsageNotPermitted',
        message: `The usage "${usage}" cannot be given: the extended key usages of the CA, and of those above it, permit "client auth" alone. Ask for others.`,
      });
    }
    assert.deepEqual(lab.calls, []);
  });

  for (const [what, usages, above] of [
    ['anything, where it says so', 'clientAuth,anyExtendedKeyUsage', ''],
    ['nothing, where they have none in common', 'clientAuth', '\nextendedKeyUsage=codeSigning'],
  ] as const) {
    test(`is ${what}`, async () => {
      const top = rootWith(caExtensions + above);
      const own = below(top, 'Lower', { extensions: `${caExtensions}\nextendedKeyUsage=${usages}` });
      const outcome = await createLab(held(chainOf(own, top))).sign({ usages: ['server auth'] });
      assert.equal(outcome.outcome, above === '' ? 'issued' : 'failed');
      if (outcome.outcome === 'failed') assert.match(outcome.message, /and of those above it, permit none\. Ask/);
    });
  }
});
