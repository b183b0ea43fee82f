import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { createLeafCsr, type LeafCsrInput, sanExtensionOf, type WantedSans } from '../../../src/x509/leaf-csr.ts';
import { parseSubject } from '../../../src/x509/distinguished-name.ts';
import { publicHalf } from '../../../src/x509/private-key.ts';
import { signerOf } from '../../../src/x509/sign-with-key.ts';
import { signatureAlgorithmFor } from '../../../src/x509/signature-algorithm.ts';
import { emptyName, goodCsr, p256, rsa } from './tools.ts';

const none: WantedSans = { dns: [], ip: [], uri: [], email: [] };
const parsedSubject = parseSubject('CN=jané,O=developers');
assert.ok(parsedSubject.ok);
const subject = parsedSubject.value;

async function csrWith(input: Partial<LeafCsrInput>, privateKey: KeyObject = p256.privateKey): Promise<string> {
  const key = publicHalf(privateKey);
  assert.ok(key.ok);
  const sign = signerOf(privateKey, signatureAlgorithmFor(key.value.keyType));
  const made = await createLeafCsr({ subject, key: key.value, ...input }, sign);
  assert.ok(made.ok);
  return made.value.pem;
}

/** What openssl shows of a CSR whose signature it finds right. */
function shown(pem: string): string {
  const args = ['req', '-verify', '-text', '-noout', '-nameopt', 'utf8'];
  const { stdout, stderr } = spawnSync('openssl', args, { input: pem, encoding: 'utf8' });
  assert.match(stderr, /verify OK/);
  return stdout;
}

describe('a CSR for a person is read here and by openssl', () => {
  const keys: readonly [string, KeyObject][] = [
    ['RSA', rsa.privateKey],
    ['P-256', p256.privateKey],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ];
  for (const [name, privateKey] of keys) {
    test(`with a key of ${name}, and no extension where none is asked for`, async () => {
      const pem = await csrWith({}, privateKey);
      assert.match(shown(pem), /Subject: O=developers, CN=jané\n/);
      assert.match(shown(pem), /Attributes:\n\s+\(none\)\n/);
      assert.deepEqual([goodCsr(pem).requested, goodCsr(pem).sanExtension], [{}, undefined]);
    });
  }

  test('with a CA flag where it is asked for', async () => {
    assert.match(shown(await csrWith({ isCA: true })), /Basic Constraints: critical\n\s+CA:TRUE\n/);
  });

  const names = { dns: ['a.example', '*.b.example'], uri: ['spiffe://x/y'], email: ['jane@a.example'] };
  test('with alternative names of all kinds', async () => {
    const wanted = { ...names, ip: ['10.0.0.1', '2001:db8::1', '::ffff:10.0.0.2', '::'] };
    const sanExtension = sanExtensionOf(wanted, false);
    assert.ok(sanExtension);
    const pem = await csrWith({ sanExtension });
    const { dns, ip, uri, email } = goodCsr(pem).sans;
    assert.deepEqual({ dns, uri, email }, names);
    assert.deepEqual(ip, ['10.0.0.1', '2001:db8::1', '::ffff:10.0.0.2', '::']);
    assert.match(
      shown(pem),
      /Alternative Name: \n\s+DNS:a\.example, DNS:\*\.b\.example, IP Address:10\.0\.0\.1, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:0:0:0:0:0:FFFF:A00:2, IP Address:0:0:0:0:0:0:0:0, URI:spiffe:\/\/x\/y, email:jane@a\.example\n/,
    );
  });

  test('with an empty subject, and alternative names that are critical', async () => {
    const sanExtension = sanExtensionOf({ ...none, dns: ['a.example'] }, true);
    assert.ok(sanExtension);
    const pem = await csrWith({ subject: emptyName, sanExtension });
    assert.match(shown(pem), /Subject: ?\n[^]*Alternative Name: critical\n\s+DNS:a\.example\n/);
    assert.equal(goodCsr(pem).sanExtension?.critical, true);
  });
});

test('without alternative names there is no extension for them', () => {
  assert.equal(sanExtensionOf(none, true), undefined);
});
