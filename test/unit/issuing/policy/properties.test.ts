import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PolicySubject } from '../../../../src/issuing/policy/contract.ts';
import { judge } from '../../../../src/issuing/policy/judge.ts';
import { noSans } from '../../../../src/x509/san.ts';
import { rulesOf, subjectOf } from './support/subjects.ts';

const base = subjectOf({ namespace: 'team-a' });
const names = ['a.example', 'b.example', '*.example', 'a.b.example', 'c.test'];
const patterns = ['*.example', '**.example', 'c.test', 'a.example'];
const uris = ['spiffe://a/x', 'spiffe://a/x/y', 'spiffe://b'];
const addresses = ['10.0.0.1', '10.1.0.1', '::1'];
const usageNames = ['digital signature', 'server auth', 'client auth', 'code signing', 'cert sign'];

interface Wish {
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly string[];
  readonly usages: readonly string[];
  readonly seconds: number;
  readonly isCA: boolean;
}

const wishes: fc.Arbitrary<Wish> = fc.record({
  dns: fc.subarray(names),
  uri: fc.subarray(uris),
  ip: fc.subarray(addresses),
  usages: fc.subarray(usageNames),
  seconds: fc.integer({ min: 600, max: 10_000 }),
  isCA: fc.boolean(),
});
const rule = fc.record({
  match: fc.record({ namespaces: fc.option(fc.subarray(['team-a', 'team-*', 'x'], { minLength: 1 }), { nil: undefined }) }),
  allow: fc.record({
    dnsNames: fc.option(fc.subarray(patterns), { nil: undefined }),
    uriPrefixes: fc.option(fc.subarray(['spiffe://a/x', 'spiffe://b/']), { nil: undefined }),
    ipRanges: fc.option(fc.subarray(['10.0.0.0/16', '10.0.0.0/8', '::/0']), { nil: undefined }),
    usages: fc.option(fc.subarray(usageNames), { nil: undefined }),
    maxDuration: fc.option(fc.constantFrom('20m', '1h', '2h'), { nil: undefined }),
    isCA: fc.boolean(),
  }),
});
const rules = fc.array(rule, { minLength: 1, maxLength: 4 }).map((written) => rulesOf(...written));

function asked({ dns, uri, ip, usages, seconds, isCA }: Wish): PolicySubject {
  const csr = { ...base.wanted.csr, sans: { ...noSans, dns, uri, ip } };
  return { ...base, wanted: { csr, usages, isCA, durationSeconds: seconds } };
}

/** What two wishes ask for together. */
function both(a: Wish, b: Wish): Wish {
  const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];
  return {
    dns: union(a.dns, b.dns),
    uri: union(a.uri, b.uri),
    ip: union(a.ip, b.ip),
    usages: union(a.usages, b.usages),
    seconds: Math.max(a.seconds, b.seconds),
    isCA: a.isCA,
  };
}

describe('rules', () => {
  test('that refuse a request refuse it too where it asks for more', () => {
    fc.assert(
      fc.property(rules, wishes, wishes, (given, wish, more) => {
        if (!judge(given, asked(wish)).allowed) assert.equal(judge(given, asked(both(wish, more))).allowed, false);
      }),
      { numRuns: 2000 },
    );
  });

  test('that allow a request still do with another rule beside them, wherever it stands', () => {
    fc.assert(
      fc.property(rules, rules, wishes, (given, [another], wish) => {
        fc.pre(another !== undefined);
        if (!judge(given, asked(wish)).allowed) return;
        assert.ok(judge([...given, another], asked(wish)).allowed && judge([another, ...given], asked(wish)).allowed);
      }),
      { numRuns: 2000 },
    );
  });

  test('judge whatever a CSR holds, quickly and in few words', () => {
    const hostile = fc.record({
      dns: fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 }),
      uri: fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 }),
      ip: fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 }),
      usages: fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 }),
      seconds: fc.integer({ min: 1 }),
      isCA: fc.boolean(),
    });
    fc.assert(
      fc.property(rules, hostile, fc.string(), fc.string(), (given, wish, namespace, username) => {
        const started = performance.now();
        const verdict = judge(given, { ...asked(wish), namespace, requester: { username, groups: [username] } });
        assert.ok(performance.now() - started < 200);
        if (verdict.allowed) return;
        assert.ok(verdict.message.length <= 700);
        assert.doesNotMatch(verdict.message, /\p{Cc}/u);
      }),
    );
  });

  test('judge as many names as a CSR can hold by as many rules as an issuer can have within two seconds', () => {
    const numbers = Array.from({ length: 5000 }, (_, at) => at);
    const others = Array.from({ length: 127 }, (_, at) => at);
    const hostile: readonly (readonly [wish: Partial<Wish>, allow: unknown])[] = [
      [
        { dns: [...numbers.map((at) => `h${at}.example.com`), 'x.test'] },
        { dnsNames: [...others.map((at) => `*.d${at}.example.com`), '*.example.com'] },
      ],
      [
        { ip: [...numbers.map((at) => `10.0.${at >> 8}.${at & 255}`), '11.0.0.1'] },
        { ipRanges: [...others.map((at) => `172.16.${at}.0/24`), '10.0.0.0/8'] },
      ],
      [
        { uri: [...numbers.map((at) => `spiffe://a/${at}`), 'spiffe://b'] },
        { uriPrefixes: [...others.map((at) => `spiffe://a${at}`), 'spiffe://a'] },
      ],
    ];
    const nothing: Wish = { dns: [], uri: [], ip: [], usages: [], seconds: 3600, isCA: false };
    for (const [wish, allow] of hostile) {
      const many = rulesOf(...Array.from({ length: 64 }, () => ({ allow })));
      const started = performance.now();
      assert.equal(judge(many, asked({ ...nothing, ...wish })).allowed, false);
      assert.ok(performance.now() - started < 2000, JSON.stringify(allow).slice(0, 80));
    }
  });
});
