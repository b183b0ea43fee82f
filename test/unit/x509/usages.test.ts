import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificateUsages, defaultUsages, resolveUsages } from '../../../src/x509/usages.ts';
import { describeCertificate, issued, testCA } from './ca-tools.ts';
import { goodCsr, opensslCsr } from './tools.ts';

/** Every usage of cert-manager, and what openssl calls it in a certificate. */
const names: Readonly<Record<string, string>> = {
  signing: 'Digital Signature',
  'digital signature': 'Digital Signature',
  'content commitment': 'Non Repudiation',
  'key encipherment': 'Key Encipherment',
  'data encipherment': 'Data Encipherment',
  'key agreement': 'Key Agreement',
  'crl sign': 'CRL Sign',
  'encipher only': 'Encipher Only',
  'decipher only': 'Decipher Only',
  any: 'Any Extended Key Usage',
  'server auth': 'TLS Web Server Authentication',
  'client auth': 'TLS Web Client Authentication',
  'code signing': 'Code Signing',
  'email protection': 'E-mail Protection',
  's/mime': 'E-mail Protection',
  'ipsec end system': 'IPSec End System',
  'ipsec tunnel': 'IPSec Tunnel',
  'ipsec user': 'IPSec User',
  timestamping: 'Time Stamping',
  'ocsp signing': 'OCSP Signing',
  'microsoft sgc': 'Microsoft Server Gated Crypto',
  'netscape sgc': 'Netscape Server Gated Crypto',
};

describe('a usage', () => {
  const csr = goodCsr(opensslCsr({}));
  for (const [usage, name] of Object.entries(names)) {
    test(`"${usage}" is, in a certificate, what openssl calls ${name}`, async () => {
      const { certificatePem } = await issued(await testCA(), { csr, usages: [usage] });
      assert.match(describeCertificate(certificatePem), new RegExp(`Usage: (critical)?\\n\\s+${name}\\n`));
    });
  }
});

test('resolveUsages gives each bit and identifier once, in order, and names what it does not know', () => {
  const { usages, unknown } = resolveUsages([
    'server auth',
    'signing',
    'crl sign',
    'digital signature',
    'Server Auth',
    'toString',
    'client auth',
  ]);
  assert.deepEqual(usages, { keyUsage: [0, 6], extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] });
  assert.deepEqual(unknown, ['Server Auth', 'toString']);
  assert.deepEqual(resolveUsages(defaultUsages).usages, { keyUsage: [0, 2], extendedKeyUsage: [] });
});

test('certificateUsages gives cert sign to CAs and to nobody else', () => {
  const asked = { keyUsage: [0, 5, 6], extendedKeyUsage: ['1.2'] };
  assert.deepEqual(certificateUsages(asked, true), asked);
  assert.deepEqual(certificateUsages(asked, false), { ...asked, keyUsage: [0, 6] });
  assert.deepEqual(certificateUsages({ ...asked, keyUsage: [0, 8] }, true).keyUsage, [0, 5, 8]);
});
