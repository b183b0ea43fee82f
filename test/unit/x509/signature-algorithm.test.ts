import assert from 'node:assert/strict';
import { createPublicKey, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { decodeDer, decodeSequence } from '../../../src/x509/asn1.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import { signerOf } from '../../../src/x509/sign-with-key.ts';
import {
  algorithmsFor,
  digestFor,
  encodeAlgorithm,
  hashOf,
  schemeOf,
  type SignatureAlgorithm,
  signatureAlgorithmFor,
} from '../../../src/x509/signature-algorithm.ts';
import { readSignatureScheme, verifyTbsSignature } from '../../../src/x509/signature.ts';
import { caKeyPair, caKeyPairs, signingCases } from './key-tools.ts';
import { opensslCsr } from './tools.ts';

const pssOptions = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];

describe('the AlgorithmIdentifier is octet for octet what openssl writes for', () => {
  const cases: readonly {
    readonly algorithm: SignatureAlgorithm;
    readonly key: string;
    readonly options: readonly string[];
  }[] = [
    ...(['256', '384', '512'] as const).flatMap((bits) => [
      { algorithm: `RS${bits}` as const, key: 'RSA 2048', options: [`-sha${bits}`] },
      { algorithm: `PS${bits}` as const, key: 'RSA 2048', options: [`-sha${bits}`, ...pssOptions] },
    ]),
    { algorithm: 'ES256', key: 'P-256', options: ['-sha256'] },
    { algorithm: 'ES384', key: 'P-384', options: ['-sha384'] },
    { algorithm: 'ES512', key: 'P-521', options: ['-sha512'] },
    { algorithm: 'Ed25519', key: 'Ed25519', options: [] },
  ];
  for (const { algorithm, key, options } of cases) {
    test(algorithm, () => {
      const blocks = decodePem(opensslCsr({ key: caKeyPair(key).privateKey, options }));
      assert.ok(blocks.ok);
      const [, identifier] = decodeSequence(blocks.value[0]?.der ?? new Uint8Array(), 'it');
      assert.equal(Buffer.from(encodeAlgorithm(algorithm)).toString('hex'), Buffer.from(identifier?.der ?? []).toString('hex'));
      const { keyType, hash, pssSaltLength } = schemeOf(algorithm);
      assert.deepEqual(
        { ...readSignatureScheme(decodeDer(encodeAlgorithm(algorithm), 'it')), oid: undefined },
        { keyType, ...(hash && { hash }), ...(pssSaltLength && { pssSaltLength }), oid: undefined },
      );
    });
  }
});

test('a key has its default first, and each algorithm its hash', () => {
  const table = caKeyPairs.map(({ name, key }) => `${name}: ${algorithmsFor(key.keyType).join(' ')}`);
  assert.deepEqual(table, [
    'RSA 2048: RS256 RS384 RS512 PS256 PS384 PS512',
    'RSA 3072: RS256 RS384 RS512 PS256 PS384 PS512',
    'RSA 4096: RS256 RS384 RS512 PS256 PS384 PS512',
    'P-256: ES256',
    'P-384: ES384',
    'P-521: ES512',
    'Ed25519: Ed25519',
  ]);
  assert.deepEqual(
    caKeyPairs.map(({ key }) => hashOf(signatureAlgorithmFor(key.keyType))),
    ['sha256', 'sha256', 'sha256', 'sha256', 'sha384', 'sha512', undefined],
  );
  assert.deepEqual(
    (['PS256', 'RS384', 'ES512'] as const).map((algorithm) => digestFor(algorithm, Buffer.from('abc')).length),
    [32, 48, 64],
  );
  const message = Buffer.from('abc');
  assert.equal(
    Buffer.from(digestFor('PS256', message)).toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  assert.equal(digestFor('Ed25519', message), message);
});

describe('verifyTbsSignature', () => {
  const tbs = randomBytes(700);
  for (const { name, algorithm, privateKey, key } of signingCases) {
    test(`takes ${algorithm} of ${name}, and nothing else`, async () => {
      const signed = await signerOf(privateKey, algorithm)(tbs);
      assert.ok(signed.ok);
      const signature = Buffer.from(signed.value);
      assert.equal(verifyTbsSignature(algorithm, tbs, key.publicKey, signature), true);
      for (const other of algorithmsFor(key.keyType)) {
        if (other !== algorithm) assert.equal(verifyTbsSignature(other, tbs, key.publicKey, signature), false, other);
      }
      const changed = Buffer.from(signature);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      const cut = signature.subarray(0, -1);
      for (const wrong of [changed, cut, Buffer.alloc(0), randomBytes(signature.length), Buffer.alloc(5000, 1)]) {
        assert.equal(verifyTbsSignature(algorithm, tbs, key.publicKey, wrong), false);
      }
      assert.equal(verifyTbsSignature(algorithm, tbs.subarray(1), key.publicKey, signature), false);
      for (const { name: otherName, key: otherKey } of caKeyPairs) {
        if (otherName !== name) assert.equal(verifyTbsSignature(algorithm, tbs, otherKey.publicKey, signature), false);
      }
    });
  }

  test('takes no signature whose salt is of another length than RSASSA-PSS of a certificate has', async () => {
    const { privateKey } = caKeyPair('RSA 2048');
    const { constants, sign } = await import('node:crypto');
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
    const of = (saltLength: number): boolean =>
      verifyTbsSignature('PS256', tbs, createPublicKey(privateKey), sign('sha256', tbs, { ...options, saltLength }));
    assert.deepEqual([of(32), of(20), of(222)], [true, false, false]);
  });
});
