import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error, decodeDer } from './asn1.ts';
import { holdsPrivateKey } from './pem.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';

/** Reads the private key of a CA from PEM; the error is a clause with advice, without anything of the key. */
export function readPrivateKey(pem: string): Result<KeyObject, string> {
  if (pem.includes('ENCRYPTED')) {
    return err('it is encrypted; store it decrypted ("openssl pkey -in KEY -out DECRYPTED"), protected by who may read it');
  }
  if (!holdsPrivateKey(pem)) return err('it is no PEM private key; it needs a block -----BEGIN PRIVATE KEY-----');
  try {
    return ok(createPrivateKey(pem));
  } catch {
    return err('it cannot be read; write it as PKCS #8 ("openssl pkey -in KEY -out PKCS8")');
  }
}

/** The public half of a CA's private key; the error is a noun with advice: what kind of key it is, and which to make. */
export function publicHalf(privateKey: KeyObject): Result<PublicKey, string> {
  try {
    const key = readPublicKey(decodeDer(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), 'the key'));
    return key.ok ? key : err(key.error.message);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return err('a key in an unusual encoding; make an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key');
  }
}
