import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeDer } from '../../../src/x509/asn1.ts';
import { newSerial } from '../../../src/x509/issue.ts';
import type { KeyParameters } from '../../../src/signers/mock-ca/keys.ts';
import { csrWithKey, describeCertificate, issued, read, subCA, testCA, verify } from './ca-tools.ts';
import { buildCsr, extension, goodCsr, opensslCsr, rsa } from './tools.ts';

const caKeys: readonly (KeyParameters & { readonly signature: string })[] = [
  { algorithm: 'RSA', size: 2048, signature: 'sha256WithRSAEncryption' },
  { algorithm: 'ECDSA', size: 256, signature: 'ecdsa-with-SHA256' },
  { algorithm: 'ECDSA', size: 384, signature: 'ecdsa-with-SHA384' },
  { algorithm: 'ECDSA', size: 521, signature: 'ecdsa-with-SHA512' },
  { algorithm: 'Ed25519', signature: 'ED25519' },
];
const subjectKeys = [
  goodCsr(opensslCsr({ key: rsa.privateKey })),
  goodCsr(opensslCsr({})),
  goodCsr(opensslCsr({ key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'] })),
  goodCsr(opensslCsr({ key: ['-newkey', 'ed25519'] })),
];

describe('an issued certificate', () => {
  for (const { signature, ...key } of caKeys) {
    test(`of a CA with ${Object.values(key).join(' ')} passes openssl verify for every key, and its purposes`, async () => {
      const ca = await testCA({ key, organization: 'Test & Söhne' });
      for (const csr of subjectKeys) {
        const certificate = await issued(ca, { csr, usages: ['digital signature', 'server auth', 'client auth'] });
        for (const purpose of ['sslserver', 'sslclient']) assert.equal(verify(certificate, purpose), 'leaf.pem: OK');
        const text = describeCertificate(certificate.certificatePem, '-purpose');
        assert.match(text, new RegExp(`Signature Algorithm: ${signature}\\n`));
        assert.match(text, /SSL server : Yes\nSSL server CA : No\n/);
        assert.match(text, /CRL signing : No\n/);
      }
    });
  }

  test('has subject, key and alternative names of the CSR byte for byte, and the key identifiers of both', async () => {
    const ca = await testCA();
    const extensions = 'subjectAltName = DNS:*.a.example,IP:2001:db8::1,URI:urn:x,email:a@b,otherName:1.2.3;UTF8:x,RID:1.2.3';
    const csr = goodCsr(opensslCsr({ subject: 'CN = first\n0.OU = one\n1.+OU = two\nC = DE', extensions }));
    const certificate = await issued(ca, { csr });
    const leaf = read(certificate.certificatePem);
    const root = read(ca.certificatePem);
    assert.deepEqual(Buffer.from(leaf.subject.der), Buffer.from(csr.subject.der));
    assert.deepEqual(Buffer.from(leaf.issuer.der), Buffer.from(root.subject.der));
    assert.deepEqual(Buffer.from(leaf.spki), Buffer.from(csr.spki));
    assert.deepEqual(leaf.sans, csr.sans);
    assert.ok(Buffer.from(leaf.der).includes(Buffer.from(csr.sanExtension?.value ?? [])));
    assert.deepEqual(Buffer.from(leaf.keyId), Buffer.from(csr.keyId));
    const text = describeCertificate(certificate.certificatePem);
    const authority = Buffer.from(root.keyId)
      .toString('hex')
      .toUpperCase()
      .replaceAll(/..(?!$)/g, '$&:');
    assert.match(text, new RegExp(`Authority Key Identifier: \\n\\s+${authority}`));
    assert.equal(leaf.serialHex, certificate.serialHex);
    assert.equal(verify(certificate), 'leaf.pem: OK');
  });

  test('marks alternative names critical exactly where the subject is empty, whatever the CSR says', async () => {
    const ca = await testCA();
    const nameless = goodCsr(buildCsr({ extensions: [extension('2.5.29.17', '3003820161', false)] }));
    const named = goodCsr(
      buildCsr({
        subject: subjectKeys[1]?.subject.der ?? new Uint8Array(),
        extensions: [extension('2.5.29.17', '3003820161', true)],
      }),
    );
    const text = async (csr: typeof nameless): Promise<string> =>
      describeCertificate((await issued(ca, { csr })).certificatePem);
    assert.match(await text(nameless), /Subject: \n[^]*Subject Alternative Name: critical\n\s+DNS:a\n/);
    assert.match(await text(named), /Subject Alternative Name: \n\s+DNS:a\n/);
    assert.equal(verify(await issued(ca, { csr: nameless })), 'leaf.pem: OK');
  });

  const usageCases: readonly {
    readonly usages: readonly string[];
    readonly isCA?: boolean;
    readonly rsa?: boolean;
    readonly text: RegExp;
  }[] = [
    { usages: [], text: /Key Usage: critical\n\s+Digital Signature\n/ },
    { usages: [], rsa: true, text: /Key Usage: critical\n\s+Digital Signature, Key Encipherment\n/ },
    {
      usages: ['digital signature', 'key encipherment'],
      text: /Key Usage: critical\n\s+Digital Signature, Key Encipherment\n/,
    },
    { usages: ['decipher only', 'key agreement'], text: /Key Usage: critical\n\s+Key Agreement, Decipher Only\n/ },
    { usages: ['server auth'], text: /X509v3 extensions:\n\s+X509v3 Extended Key Usage: \n\s+TLS Web Server Authentication\n/ },
    { usages: ['cert sign', 'crl sign'], text: /Key Usage: critical\n\s+CRL Sign\n/ },
    {
      usages: ['digital signature'],
      isCA: true,
      text: /Key Usage: critical\n\s+Digital Signature, Certificate Sign\n[^]*CA:TRUE\n/,
    },
    { usages: ['crl sign', 'cert sign'], isCA: true, text: /Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/ },
  ];
  for (const { usages, isCA = false, text, rsa: forRsa = false } of usageCases) {
    test(`has the usages [${usages.join(', ')}] as ${isCA ? 'a CA' : 'an end entity'}${forRsa ? ' with an RSA key' : ''}`, async () => {
      const csr = forRsa ? goodCsr(opensslCsr({ key: rsa.privateKey })) : csrWithKey('x').csr;
      const certificate = await issued(await testCA(), { csr, usages, isCA });
      assert.match(describeCertificate(certificate.certificatePem), text);
      assert.match(
        describeCertificate(certificate.certificatePem),
        isCA ? /CA:TRUE/ : /Basic Constraints: critical\n\s+CA:FALSE/,
      );
    });
  }
});

describe('path lengths', () => {
  const cases: readonly { readonly above?: number; readonly asked?: number; readonly got: number | undefined }[] = [
    { got: undefined },
    { asked: 3, got: 3 },
    { above: 2, got: 1 },
    { above: 2, asked: 0, got: 0 },
    { above: 2, asked: 5, got: 1 },
  ];
  for (const { above, asked, got } of cases) {
    test(`below a CA with ${above ?? 'none'}, where ${asked ?? 'none'} is asked for: ${got ?? 'none'}`, async () => {
      const ca = await testCA(above === undefined ? {} : { pathLength: above });
      const { csr } = csrWithKey('Sub', `basicConstraints = CA:TRUE${asked === undefined ? '' : `,pathlen:${asked}`}`);
      const certificate = read((await issued(ca, { csr, isCA: true })).certificatePem);
      assert.equal(certificate.isCA, true);
      assert.equal(certificate.pathLength, got);
    });
  }

  test('of 0 keep a CA from signing CAs, but not from signing others', async () => {
    const ca = await testCA({ pathLength: 0 });
    const { csr } = csrWithKey('Sub');
    const refused = await ca.issue({ csr, durationSeconds: 60, usages: [], isCA: true });
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, 'PathLengthExceeded');
    assert.equal(verify(await issued(ca, { csr })), 'leaf.pem: OK');
  });

  test('and name constraints of a CSR hold below the CA it becomes', async () => {
    const constraints = 'basicConstraints = CA:TRUE\nnameConstraints = critical,permitted;DNS:good.example';
    const sub = await subCA(await testCA(), 'Sub', constraints);
    const of = (name: string): Parameters<typeof issued>[1] => ({
      csr: goodCsr(opensslCsr({ subject: 'O = x', extensions: `subjectAltName = DNS:${name}` })),
    });
    assert.equal(verify(await issued(sub, of('a.good.example'))), 'leaf.pem: OK');
    await assert.rejects(
      issued(sub, of('a.bad.example')),
      /^Error: NameNotPermitted: The DNS name "a\.bad\.example" is outside/,
    );
  });

  test('of an end entity are not there, nor are its name constraints', async () => {
    const { csr } = csrWithKey('x', 'basicConstraints = CA:TRUE,pathlen:1\nnameConstraints = permitted;DNS:a');
    const leaf = await issued(await testCA(), { csr });
    assert.equal(read(leaf.certificatePem).pathLength, undefined);
    assert.doesNotMatch(describeCertificate(leaf.certificatePem), /Name Constraints/);
  });
});

test('10,000 serial numbers are positive, of 16 octets, legal DER and all different', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 10_000; count += 1) {
    const serial = Buffer.from(newSerial());
    const [first = 0] = serial;
    assert.equal(serial.length, 16);
    assert.ok(first > 0 && first < 0x80, serial.toString('hex'));
    seen.add(serial.toString('hex'));
  }
  assert.equal(seen.size, 10_000);
});

test('the serial number is written as it was drawn, in every certificate', async () => {
  const ca = await testCA();
  const { csr } = csrWithKey('x');
  for (let count = 0; count < 300; count += 1) {
    const { certificatePem, serialHex } = await issued(ca, { csr });
    const leaf = read(certificatePem);
    const integer = decodeDer(leaf.der, 'it').children[0]?.children[1];
    assert.equal(Buffer.from(integer?.der ?? []).toString('hex'), `0210${serialHex}`);
    assert.equal(leaf.serialHex, serialHex);
  }
});
