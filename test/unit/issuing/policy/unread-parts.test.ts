import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { judge } from '../../../../src/issuing/policy/judge.ts';
import {
  contextTag,
  derTags,
  writeBitOctets,
  writeDer,
  writeObjectIdentifier,
  writeSetOf,
  writeUnsigned,
} from '../../../../src/x509/der-write.ts';
import { encodePem } from '../../../../src/x509/pem.ts';
import { buildCsr, emptyName, extension, goodCsr, openssl, p256 } from '../../x509/tools.ts';
import { rulesOf, subjectOf } from './support/subjects.ts';

const { sequence, octetString } = derTags;
const commonRequest = '1.2.840.113549.1.9.14';
const microsoftRequest = '1.3.6.1.4.1.311.2.1.14';
/** SubjectAltName with the DNS name x.test. */
const xTest = '30088206782e74657374';

/** A CSR that asks for x.test in one attribute of this type. */
function csrWith(attributeType: string): Uint8Array {
  const names = writeDer(octetString, Buffer.from(xTest, 'hex'));
  const asked = writeDer(sequence, writeDer(sequence, writeObjectIdentifier('2.5.29.17'), names));
  const attribute = writeDer(sequence, writeObjectIdentifier(attributeType), writeSetOf([asked]));
  const spki = p256.publicKey.export({ type: 'spki', format: 'der' });
  const version = writeUnsigned(Uint8Array.of(0));
  const info = writeDer(sequence, version, emptyName, spki, writeDer(contextTag(0), attribute));
  const algorithm = writeDer(sequence, writeObjectIdentifier('1.2.840.10045.4.3.2'));
  return writeDer(sequence, info, algorithm, writeBitOctets(sign('sha256', info, p256.privateKey)));
}

/** What a rule that allows no name says of a CSR. */
function refusalOf(csr: Uint8Array, allow: unknown = {}): string | undefined {
  const subject = subjectOf({});
  const verdict = judge(rulesOf({ allow }), { ...subject, wanted: { ...subject.wanted, csr: goodCsr(csr) } });
  return verdict.allowed ? undefined : verdict.message;
}

describe('a rule', () => {
  test("refuses names in Microsoft's own request for extensions, which OpenSSL signs and nobody here reads", () => {
    const csr = csrWith(microsoftRequest);
    assert.deepEqual(goodCsr(csr).sans.dns, []);
    const signed = openssl(['x509', '-req', '-in', 'a.csr', '-signkey', 'a.key', '-copy_extensions', 'copy', '-text'], {
      'a.csr': encodePem('CERTIFICATE REQUEST', csr),
      'a.key': p256.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    assert.match(signed, /DNS:x\.test/);
    const allowsAll = { dnsNames: ['x.test'], isCA: true };
    assert.match(
      refusalOf(csr, allowsAll) ?? '',
      /rule "rule-0": no rule can allow the attribute 1\.3\.6\.1\.4\.1\.311\.2\.1\.14/,
    );
    assert.equal(refusalOf(csrWith(commonRequest), allowsAll), undefined);
  });

  const attributes: readonly (readonly [what: string, type: string, refused: boolean])[] = [
    ['a password', '1.2.840.113549.1.9.7', false],
    ['a remark', '1.2.840.113549.1.9.2', false],
    ['the operating system', '1.3.6.1.4.1.311.13.2.3', false],
    ['the program', '1.3.6.1.4.1.311.21.20', false],
    ['the provider of the key', '1.3.6.1.4.1.311.13.2.2', false],
    ['names and values for AD CS', '1.3.6.1.4.1.311.13.2.1', true],
    ['what nobody knows', '1.2.3.4', true],
  ];
  for (const [what, type, refused] of attributes) {
    test(`${refused ? 'refuses' : 'does not mind'} an attribute that holds ${what}`, () => {
      assert.equal(refusalOf(csrWith(type))?.includes(`the attribute ${type} of the CSR`) ?? false, refused);
    });
  }

  const extensions: readonly (readonly [what: string, oid: string, value: string, refused: boolean])[] = [
    ['a key identifier', '2.5.29.14', '040101', false],
    ['"must staple"', '1.3.6.1.5.5.7.1.24', '3003020105', false],
    ['the usage it has', '2.5.29.15', '03020780', false],
    ['application policies of AD CS', '1.3.6.1.4.1.311.21.10', '300c300a06082b06010505070302', true],
    ['a template of AD CS', '1.3.6.1.4.1.311.20.2', '1e0a00410064006d0069006e', true],
    ['the SID of an account', '1.3.6.1.4.1.311.25.2', '3000', true],
  ];
  for (const [what, oid, value, refused] of extensions) {
    test(`${refused ? 'refuses' : 'does not mind'} an extension that holds ${what}`, () => {
      const message = refusalOf(buildCsr({ extensions: [extension(oid, value)] }));
      assert.equal(message?.includes(`the extension ${oid} of the CSR`) ?? false, refused, message);
    });
  }
});
