import { constants, type KeyObject, verify } from 'node:crypto';
import { Asn1Error, type Asn1Node, isContext, isUniversal, objectIdentifier, sequenceOf, smallInteger } from './asn1.ts';
import {
  hashWithOid,
  mgf1Oid,
  pssOid,
  schemeOf,
  schemeWithOid,
  type SignatureAlgorithm,
  type SignatureScheme,
} from './signature-algorithm.ts';

const maxSaltLength = 512;

/**
 * Reads an AlgorithmIdentifier of a signature (RFC 4055, RFC 5758, RFC 8410). Weak ones (MD5, SHA-1, SHA-224) are unknown here.
 * @returns undefined for an algorithm that is not accepted. @throws {Asn1Error}
 */
export function readSignatureScheme(node: Asn1Node | undefined): SignatureScheme | undefined {
  const [algorithm, parameters] = sequenceOf(node, 'the signature algorithm');
  const oid = objectIdentifier(algorithm, 'the signature algorithm');
  if (oid === pssOid) return readPss(parameters);
  const scheme = schemeWithOid(oid);
  const allowed = parameters === undefined || (scheme?.keyType === 'rsa' && isNull(parameters));
  if (scheme !== undefined && !allowed) throw new Asn1Error('the signature algorithm has parameters it cannot have');
  return scheme;
}

function isNull(node: Asn1Node): boolean {
  return isUniversal(node, 5) && node.content.length === 0;
}

/** RSASSA-PSS-params: the hash of the message, MGF1 with the same hash, and the salt's length (RFC 4055 section 3.1). */
function readPss(parameters: Asn1Node | undefined): SignatureScheme | undefined {
  const fields = sequenceOf(parameters, 'the parameters of RSASSA-PSS');
  const [hashOid, hashParameters] = algorithmAt(fields, 0);
  const [mgf, mgfParameters] = algorithmAt(fields, 1);
  const hash = hashWithOid(hashOid);
  const [mgfHash, mgfHashParameters] = mgfParameters === undefined ? [] : readAlgorithm(mgfParameters);
  const salt = fields.find((field) => isContext(field, 2))?.children[0];
  const pssSaltLength = salt === undefined ? 20 : smallInteger(salt, 'the salt length of RSASSA-PSS');
  const odd = [hashParameters, mgfHashParameters].some((node) => node !== undefined && !isNull(node));
  if (odd) throw new Asn1Error('a hash of RSASSA-PSS has parameters it cannot have');
  if (hash === undefined || mgf !== mgf1Oid || mgfHash !== hashOid || pssSaltLength > maxSaltLength) return undefined;
  return { keyType: 'rsa', hash, pssSaltLength };
}

function algorithmAt(fields: readonly Asn1Node[], tag: number): readonly [string?, Asn1Node?] {
  const node = fields.find((field) => isContext(field, tag))?.children[0];
  return node === undefined ? [] : readAlgorithm(node);
}

function readAlgorithm(node: Asn1Node): readonly [string, Asn1Node?] {
  const [oid, parameters] = sequenceOf(node, 'an algorithm of RSASSA-PSS');
  const name = objectIdentifier(oid, 'an algorithm of RSASSA-PSS');
  return parameters === undefined ? [name] : [name, parameters];
}

/** Whether `signature` is the key's over `data`. @throws {Asn1Error} where the scheme is for keys of another type. */
export function verifySignature(scheme: SignatureScheme, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType !== scheme.keyType) {
    throw new Asn1Error(
      `its signature is of the kind ${scheme.keyType}, its key of the kind ${key.asymmetricKeyType ?? 'unknown'}`,
    );
  }
  const { pssSaltLength: saltLength } = scheme;
  const input = saltLength === undefined ? key : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return verify(scheme.hash, data, input, signature);
}

/**
 * Whether `signature` is that of `publicKey` over `tbs`, made with the algorithm: what a key held elsewhere gave is checked before a
 * certificate is made of it. ECDSA as X.509 wants it (DER). False too for a key that the algorithm is not for.
 */
export function verifyTbsSignature(
  algorithm: SignatureAlgorithm,
  tbs: Uint8Array,
  publicKey: KeyObject,
  signature: Uint8Array,
): boolean {
  const scheme = schemeOf(algorithm);
  return publicKey.asymmetricKeyType === scheme.keyType && verifySignature(scheme, tbs, publicKey, signature);
}
