import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rangeCheck } from '../../../../src/issuing/policy/address-ranges.ts';
import { ipText } from '../../../../src/x509/san.ts';
import { dnsNameCheck } from '../../../../src/issuing/policy/dns-names.ts';
import { emailCheck, matchesSome, uriCheck } from '../../../../src/issuing/policy/patterns.ts';

type Case = readonly [pattern: string, value: string, matches: boolean];

describe('a DNS pattern', () => {
  const cases: readonly Case[] = [
    ['a.example', 'A.Example', true],
    ['a.example', 'b.a.example', false],
    ['*.example', 'a.example', true],
    ['*.example', 'a.b.example', false],
    ['*.example', 'example', false],
    ['*.example', '.example', false],
    ['*.example', 'aexample', false],
    ['**.example', 'a.b.example', true],
    ['**.example', 'a..example', false],
    ['**.example', 'example', false],
    ['*.example', '*.example', true],
    ['**.example', '*.example', false],
    ['**.example', '*.a.example', false],
    ['*.example', '*.a.example', false],
    ['*.example', 'a.example.', false],
    ['*.example', 'a b.example', false],
    ['*.example', 'a*.example', false],
    ['*.example', '', false],
    ['k.example', '\u212a.example', false],
    ['*.k.example', 'a.\u212a.example', false],
    ['*.example', 'a/b.example', false],
    ['*.com', 'evil.com.attacker.net', false],
    ['**.example', `${'a.'.repeat(122)}a.example`, true],
    ['**.example', `${'a.'.repeat(123)}a.example`, false],
    ['**.example', '**.example', false],
  ];
  for (const [pattern, name, matches] of cases) {
    test(`${pattern} ${matches ? 'allows' : 'does not allow'} "${name}"`, () => {
      assert.equal(dnsNameCheck([pattern])(name), matches);
    });
  }

  test('without stars allows its own name alone', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(fc.property(name, name, (a, b) => dnsNameCheck([a])(b) === (a === b)));
  });

  test('with a star allows what has one label more, and with two one or more, and nothing else', () => {
    const label = fc.stringMatching(/^[ab]{1,2}$/);
    const labels = fc.array(label, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom('*', '**'), labels, labels, (stars, base, name) => {
        const more = name.length - base.length;
        const under = more > 0 && name.slice(more).join('.') === base.join('.');
        const allowed = under && (stars === '**' || more === 1);
        assert.equal(dnsNameCheck([`${stars}.${base.join('.')}`])(name.join('.')), allowed);
      }),
    );
  });
});

describe('a pattern with stars', () => {
  test('matches what a regular expression would', () => {
    const text = fc.stringMatching(/^[ab*.]{0,8}$/);
    fc.assert(
      fc.property(text, fc.stringMatching(/^[ab.]{0,10}$/), (pattern, value) => {
        const expression = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
        assert.equal(matchesSome([pattern], value), new RegExp(`^${expression.join('.*')}$`).test(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('is quick on what makes a regular expression slow', () => {
    const started = performance.now();
    assert.equal(matchesSome(['*a'.repeat(250)], `${'a'.repeat(60_000)}b`), false);
    assert.ok(performance.now() - started < 500);
  });

  test('of a list that is not set matches nothing', () => {
    assert.equal(matchesSome(undefined, ''), false);
  });
});

describe('an email pattern', () => {
  const cases: readonly Case[] = [
    ['*@example.com', 'jane@Example.com', true],
    ['jane@example.com', 'Jane@example.com', false],
    ['*@example.com', 'jane@example.com@evil.net', false],
    ['*@*.example.com', 'jane@example.com', false],
    ['*@example.com', 'example.com', false],
    ['*@example.com', '@example.com', false],
    ['*@*', 'jane@', false],
    ['*@example.com', 'jane@example.com.', false],
  ];
  for (const [pattern, address, matches] of cases) {
    test(`${pattern} ${matches ? 'allows' : 'does not allow'} "${address}"`, () => {
      assert.equal(emailCheck([pattern])(address), matches);
    });
  }
});

describe('a URI prefix', () => {
  const cases: readonly Case[] = [
    ['spiffe://a/ns/x', 'spiffe://a/ns/x', true],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/sa/b', true],
    ['spiffe://a/ns/x/', 'spiffe://a/ns/x/sa', true],
    ['spiffe://a/ns/x', 'spiffe://a/ns/xy', false],
    ['spiffe://a', 'spiffe://a.evil/ns', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/../y', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/%2E%2e/y', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/.%2e', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/b%2Fc', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/b\\c', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/.\t./b', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/..;/b', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/%252e%252e/b', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/..b', true],
    ['spiffe://a/ns/x', 'SPIFFE://a/ns/x/b', false],
    ['spiffe://a/ns/x', 'spiffe://user@a/ns/x/b', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x?a=b', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/..;/y', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/%252e%252e/y', false],
    ['spiffe://a/ns/x', 'spiffe://a/ns/x/b c', false],
    ['https://a', 'https://a:8443/b', false],
    ['https://a', 'https://a@evil/b', false],
  ];
  for (const [prefix, uri, matches] of cases) {
    test(`${prefix} ${matches ? 'allows' : 'does not allow'} "${uri}"`, () => {
      assert.equal(uriCheck([prefix])(uri), matches);
    });
  }

  test('allows itself and what goes on after a slash, and nothing else', () => {
    const text = fc.stringMatching(/^[ab/]{1,6}$/).map((rest) => `x:${rest}`);
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), text, (prefixes, uri) => {
        const goesOn = (prefix: string): boolean =>
          uri === prefix || (uri.startsWith(prefix) && (prefix.endsWith('/') || uri[prefix.length] === '/'));
        assert.equal(uriCheck(prefixes)(uri), prefixes.some(goesOn));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an address range', () => {
  const cases: readonly Case[] = [
    ['10.1.0.0/16', '10.1.2.3', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::ffff:1.2.3.4', false],
    ['::/0', '1.2.3.4', false],
    ['::/0', '::ffff:1.2.3.4', false],
    ['::ffff:0:0/96', '::ffff:1.2.3.4', false],
    ['::/0', '::1', true],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', '010.0.0.1', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
  ];
  for (const [range, address, matches] of cases) {
    test(`${range} ${matches ? 'holds' : 'does not hold'} ${address}`, () =>
      assert.equal(rangeCheck([range])(address), matches));
  }

  test('holds an IPv6 address where their first bits are alike', () => {
    const groups = fc.array(fc.constantFrom('0', '1', '8000', 'ffff'), { minLength: 8, maxLength: 8 });
    const bits = (address: readonly string[]): string =>
      address.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
    const text = (address: readonly string[]): string =>
      ipText(
        Buffer.from(
          bits(address)
            .match(/.{8}/g)
            ?.map((octet) => Number(`0b${octet}`)) ?? [],
        ),
      );
    fc.assert(
      fc.property(groups, groups, fc.nat(128), (network, address, length) => {
        fc.pre(!text(address).startsWith('::ffff:'));
        const alike = bits(network).slice(0, length) === bits(address).slice(0, length);
        assert.equal(rangeCheck([`${text(network)}/${length}`])(text(address)), alike);
      }),
    );
  });

  test('holds an IPv4 address where their first bits are alike', () => {
    const bits = (address: string): string =>
      address
        .split('.')
        .map((octet) => Number(octet).toString(2).padStart(8, '0'))
        .join('');
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (network, address, length) => {
        fc.pre(isIP(network) === 4 && isIP(address) === 4);
        const alike = bits(network).slice(0, length) === bits(address).slice(0, length);
        assert.equal(rangeCheck([`${network}/${length}`])(address), alike);
      }),
    );
  });
});
