import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { csrWithKey, describeCertificate, issued, read, testCA } from './ca-tools.ts';
import { buildCsr, extension, goodCsr, openssl, opensslCsr } from './tools.ts';

const day = 86_400;
const hour = 3_600_000;
const csr = goodCsr(opensslCsr({}));

/** A clock that shows one moment, and a test can set another. */
function clockAt(time: string): { now: () => number; set: (time: string) => void } {
  let now = Date.parse(time);
  return { now: () => now, set: (next) => void (now = Date.parse(next)) };
}

describe('validity', () => {
  test('begins a minute ago and ends when asked, in whole seconds', async () => {
    const certificate = await issued(await testCA({}, clockAt('2026-11-22T10:00:00.789Z')), { csr, durationSeconds: 90 * day });
    const leaf = read(certificate.certificatePem);
    assert.equal(new Date(leaf.notBefore).toISOString(), '2026-11-22T09:59:00.000Z');
    assert.equal(new Date(leaf.notAfter).toISOString(), '2027-02-20T10:00:00.000Z');
    assert.deepEqual([certificate.notBefore, certificate.notAfter], [leaf.notBefore, leaf.notAfter]);
  });

  test('ends with the CA where more is asked for', async () => {
    const ca = await testCA({ validitySeconds: day }, clockAt('2026-11-22T10:00:00Z'));
    for (const durationSeconds of [2 * day, Number.MAX_SAFE_INTEGER]) {
      const leaf = read((await issued(ca, { csr, durationSeconds })).certificatePem);
      assert.equal(leaf.notAfter, Date.parse('2026-11-23T10:00:00Z'));
      assert.equal(leaf.notAfter, ca.notAfter);
    }
  });

  test('of a CA begins an hour ago', async () => {
    const ca = await testCA({ validitySeconds: 30 * day }, clockAt('2026-11-22T10:00:00Z'));
    const root = read(ca.certificatePem);
    assert.equal(root.notBefore, Date.parse('2026-11-22T10:00:00Z') - hour);
    assert.equal(root.notAfter, Date.parse('2026-12-22T10:00:00Z'));
  });

  const encodings: readonly { readonly end: string; readonly type: string; readonly text: string }[] = [
    { end: '2049-12-31T23:59:59Z', type: 'UTCTIME', text: '491231235959Z' },
    { end: '2050-01-01T00:00:00Z', type: 'GENERALIZEDTIME', text: '20500101000000Z' },
    { end: '9999-12-31T23:59:59Z', type: 'GENERALIZEDTIME', text: '99991231235959Z' },
  ];
  for (const { end, type, text } of encodings) {
    test(`is written as ${type} where it ends at ${end}`, async () => {
      const clock = clockAt('2049-12-01T00:00:00Z');
      const ca = await testCA({ validitySeconds: 10_000 * 365 * day }, clock);
      const durationSeconds = (Date.parse(end) - clock.now()) / 1000;
      const { certificatePem } = await issued(ca, { csr, durationSeconds });
      const times = openssl(['asn1parse', '-in', 'leaf.pem'], { 'leaf.pem': certificatePem });
      assert.match(times, new RegExp(`prim: ${type} +:${text}\\n`));
      assert.equal(read(certificatePem).notAfter, Date.parse(end));
    });
  }
});

describe('an authority refuses', () => {
  test('to sign once its own certificate has expired', async () => {
    const clock = clockAt('2026-11-22T10:00:00Z');
    const ca = await testCA({ validitySeconds: day }, clock);
    clock.set('2026-11-23T10:00:00Z');
    const refused = await ca.issue({ csr, durationSeconds: day, usages: [], isCA: false });
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, 'IssuerExpired');
    assert.match(refused.error.message, /expired at 2026-11-23T10:00:00Z; renew it/);
  });

  const san = extension('2.5.29.17', '3003820161');
  const refusals: readonly {
    readonly what: string;
    readonly request: () => Partial<Parameters<typeof issued>[1]>;
    readonly code: string;
    readonly words: RegExp;
  }[] = [
    {
      what: 'a CSR without any name',
      request: () => ({ csr: goodCsr(buildCsr()) }),
      code: 'NameMissing',
      words: /set a common name or a subject/,
    },
    {
      what: 'a CA without subject',
      request: () => ({ csr: goodCsr(buildCsr({ extensions: [san] })), isCA: true }),
      code: 'NameMissing',
      words: /a CA needs a subject/,
    },
    {
      what: 'an unknown usage',
      request: () => ({ usages: ['server auth', 'serverAuth'] }),
      code: 'UnknownUsage',
      words: /Unknown usage "serverAuth"; write usages as cert-manager/,
    },
  ];
  for (const { what, request, code, words } of refusals) {
    test(what, async () => {
      const refused = await (await testCA()).issue({ csr, durationSeconds: day, usages: [], isCA: false, ...request() });
      assert.ok(!refused.ok);
      assert.equal(refused.error.code, code);
      assert.match(refused.error.message, words);
    });
  }
});

test('more combinations of usages than are kept ready are signed all the same', async () => {
  const ca = await testCA();
  const { csr: subject } = csrWithKey('Sub', 'basicConstraints = CA:TRUE,pathlen:1');
  for (let count = 0; count < 140; count += 1) {
    const bits = [
      'digital signature',
      'key agreement',
      'data encipherment',
      'key encipherment',
      'crl sign',
      'content commitment',
      'encipher only',
    ];
    const usages = bits.filter((_, bit) => ((count % 128) & (1 << bit)) !== 0);
    const { certificatePem } = await issued(ca, { csr: subject, usages: [...usages, 'any'], isCA: count % 2 === 0 });
    assert.equal(read(certificatePem).keyUsage?.length ?? 0, usages.length + (count % 2 === 0 ? 1 : 0));
  }
});

test('a root is self-signed, critical where it must be, and names its organization', async () => {
  const clock = clockAt('2026-11-22T10:00:00Z');
  const key = { algorithm: 'ECDSA', size: 256 } as const;
  const ca = await createAuthority(
    { commonName: 'Root', organization: 'Größe, Ltd', key, validitySeconds: day, pathLength: 1 },
    { clock },
  );
  const text = describeCertificate(ca.certificatePem);
  assert.equal(ca.subject, 'CN=Root,O=Größe\\, Ltd');
  assert.match(text, /Basic Constraints: critical\n\s+CA:TRUE, pathlen:1\n/);
  assert.match(text, /Key Usage: critical\n\s+Digital Signature, Certificate Sign, CRL Sign\n/);
  assert.equal(
    openssl(['verify', '-x509_strict', '-no_check_time', '-CAfile', 'r', 'r'], { r: ca.certificatePem }).trim(),
    'r: OK',
  );
  assert.equal(ca.caPem, ca.certificatePem);
});

test('parseCertificate never throws on damaged certificates', async () => {
  const { der } = read((await issued(await testCA(), { csr })).certificatePem);
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(damage, (changes) => {
      const copy = new Uint8Array(der);
      for (const [at, value] of changes) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ value;
      const parsed = parseCertificate(copy);
      if (!parsed.ok) assert.ok(parsed.error.length > 5);
    }),
    { numRuns: 1000 },
  );
});
