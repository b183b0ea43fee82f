import { createPrivateKey, sign } from 'node:crypto';
import { encodePem } from '../../../src/x509/pem.ts';
import { writeDer } from '../../../src/x509/der-write.ts';
import { read } from './ca-tools.ts';

/** 13 characters that OpenSSL takes for no time; RFC 5280 has YYMMDDHHMMSSZ. */
export const oddTimes = [
  '991399999999Z',
  '500001000000Z',
  '350230000000Z',
  '4913312561Z00',
  'ABCDEFGHIJKLZ',
  '3501010000000',
] as const;

/** The same certificate with another text in place of a UTCTime, signed again by its issuer's P-256 key. */
export function withTime(
  pem: string,
  issuerKeyPem: string,
  which: 'notBefore' | 'notAfter' = 'notAfter',
  time: string = oddTimes[0],
): string {
  const der = Buffer.from(read(pem).der);
  const utcTime = Buffer.from([0x17, 13]);
  const first = der.indexOf(utcTime);
  der.write(time, (which === 'notBefore' ? first : der.indexOf(utcTime, first + 1)) + 2, 'latin1');
  // SEQUENCE { tbs, algorithm, signature }; the two sequences that begin it have lengths of two octets.
  const tbs = der.subarray(4, 8 + der.readUInt16BE(6));
  const algorithm = Buffer.from('300a06082a8648ce3d040302', 'hex');
  const signature = sign('sha256', tbs, createPrivateKey(issuerKeyPem));
  return encodePem('CERTIFICATE', writeDer(0x30, tbs, algorithm, writeDer(0x03, Buffer.from([0]), signature)));
}
