import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCsr } from '../../../src/x509/csr.ts';
import { buildCsr, extension, goodCsr, opensslCsr, rsa } from './tools.ts';

const extensions =
  'subjectAltName = DNS:a.example,IP:10.0.0.1,email:a@b.example,otherName:1.2.3;UTF8:x\nkeyUsage = digitalSignature';
const seeds = [
  goodCsr(opensslCsr({ extensions })).der,
  goodCsr(opensslCsr({ key: rsa.privateKey, options: ['-sigopt', 'rsa_padding_mode:pss'], extensions })).der,
  buildCsr({ extensions: [extension('2.5.29.17', '3003820161', true)] }),
];

describe('parseCsr, given damaged CSRs,', () => {
  test('refuses each with a code and words, and never throws', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), damage, (seed, changes) => {
        const der = new Uint8Array(seed);
        for (const [at, value] of changes) der[at % der.length] = (der[at % der.length] ?? 0) ^ value;
        const parsed = parseCsr(der);
        // Every byte is signed, is in the signature, or holds the two together.
        assert.ok(!parsed.ok || Buffer.from(der).equals(seed));
        if (!parsed.ok) assert.match(parsed.error.message, /^The CSR is refused: .+\.$/);
      }),
      { numRuns: 1500 },
    );
  });

  test('refuses what is cut, doubled or shifted', () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.nat(), fc.nat(), (seed, from, to) => {
        const part = seed.subarray(from % seed.length, to % seed.length);
        assert.equal(parseCsr(Buffer.concat([seed, part, new Uint8Array(1)])).ok, false);
        assert.equal(parseCsr(Buffer.from(part)).ok, false);
      }),
      { numRuns: 300 },
    );
  });

  test('never throws on random bytes and texts', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from('3082', 'hex'), tail]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), bytes, fc.string({ unit: 'binary' })), (input) => {
        assert.equal(parseCsr(input).ok, false);
      }),
      { numRuns: 1000 },
    );
  });

  test('takes under a second for the worst of 64 KiB', () => {
    const empties = Buffer.alloc(65_000, Buffer.from('3000', 'hex'));
    const deep = Buffer.alloc(65_000, 0x30);
    for (const body of [empties, deep]) {
      const der = Buffer.concat([Buffer.from('3082', 'hex'), Buffer.from([body.length >> 8, body.length & 255]), body]);
      const started = performance.now();
      assert.equal(parseCsr(der).ok, false);
      assert.ok(performance.now() - started < 1000);
    }
  });
});

test('parseCsr gives back any names that are put in', () => {
  const label = fc.stringMatching(/^[A-Za-z0-9*_-]{1,63}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const ip = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), fc.array(ip, { maxLength: 5 }), (dns, ips) => {
      const names = [
        ...dns.map((text) => [0x82, Buffer.from(text)] as const),
        ...ips.map((text) => [0x87, ipBytes(text)] as const),
      ];
      const items = names.map(([tag, content]) => Buffer.concat([Buffer.from([tag]), lengthOf(content), content]));
      const body = Buffer.concat(items);
      const value = Buffer.concat([Buffer.from([0x30]), lengthOf(body), body]).toString('hex');
      const csr = goodCsr(buildCsr({ extensions: [extension('2.5.29.17', value)] }));
      assert.deepEqual(csr.sans.dns, dns);
      assert.deepEqual(csr.sans.ip.map(ipBytes), ips.map(ipBytes));
    }),
    { numRuns: 100 },
  );
});

function lengthOf(content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.from([content.length]);
  return content.length < 0x1_00
    ? Buffer.from([0x81, content.length])
    : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
}

/** The bytes of an address; the URL parser knows every way to write one. */
function ipBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
  const { hostname } = new URL(`http://[${text}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const missing = 8 - groups(head).length - groups(tail ?? '').length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail ?? '')];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
