import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLegacyBody } from '../../../src/mockca/legacy-body.ts';

describe('the body of /cgi/pki.cgi', () => {
  const commonNames: readonly [string, string | undefined][] = [
    ['/C=DE/ST=x/L=y/O=z/OU=u/CN=a.example', 'a.example'],
    ['/CN=a.example/O=z', 'a.example'],
    ['/cn=a.example', 'a.example'],
    ['/O=A\\/B/CN=a\\/b', 'a/b'],
    ['/O=x%2FCN=y', 'y'],
    ['CN=a.example,OU=u,O=z', 'a.example'],
    ['OU=u, CN = a\\,b , O=z', 'a,b'],
    ['/O=%43N/CN=%C3%A4.example', 'ä.example'],
    ['/CN=x%3Brenew=1', 'x;renew=1'],
    ['/CN=a+b', 'a+b'],
    ['/O=only', undefined],
    ['/CN=', undefined],
    ['a.example', undefined],
  ];
  for (const [subject, commonName] of commonNames) {
    test(`the common name of "${subject}" is ${commonName ?? 'absent'}`, () => {
      const parsed = parseLegacyBody(`new=1;subject=${subject}`);
      assert.ok(parsed.ok);
      assert.equal(parsed.value.subject?.commonName, commonName);
      assert.equal(parsed.value.action, 'issue');
    });
  }

  test('0 switches a parameter off', () => {
    const parsed = parseLegacyBody('new=0;getCERT=1;getKEY=0;subject=/CN=a');
    assert.ok(parsed.ok);
    assert.equal(parsed.value.action, 'getCERT');
  });

  test('DNS parameters are read in their order, others are named as ignored', () => {
    const parsed = parseLegacyBody('DNS2=a;DNS20=b;DNS3=c;format=pem;DNSx=d');
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.dnsNames, ['a', 'b', 'c']);
    assert.deepEqual(parsed.value.ignored, ['format', 'DNSx']);
  });

  for (const body of [
    'subject=/CN=a/CN=b',
    'new=1;new=1',
    'a b=c',
    '=x',
    'x=%',
    'x=%zz',
    'x=%ff',
    'x;'.repeat(300),
    ';'.repeat(300),
  ]) {
    test(`"${body.slice(0, 24)}" is refused with a message`, () => {
      const parsed = parseLegacyBody(body);
      assert.ok(!parsed.ok);
      assert.ok(parsed.error.length > 10);
    });
  }

  test('whatever a value holds, once encoded it comes back and sets nothing else', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => value.trim() === value && value !== '');
    fc.assert(
      fc.property(text, text, (csr, name) => {
        const parsed = parseLegacyBody(`csr=${encodeURIComponent(csr)};DNS2=${encodeURIComponent(name)}`);
        assert.ok(parsed.ok);
        assert.deepEqual(parsed.value, { action: 'issue', leafOnly: false, csr, dnsNames: [name], ignored: [] });
      }),
    );
  });

  test('any common name survives the slash form with its escapes', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => value.trim() === value);
    fc.assert(
      fc.property(name, (commonName) => {
        const escaped = commonName.replaceAll(/[\\/]/g, (character) => `\\${character}`);
        const parsed = parseLegacyBody(`subject=${encodeURIComponent(`/O=x/CN=${escaped}`)}`);
        assert.ok(parsed.ok);
        assert.equal(parsed.value.subject?.commonName, commonName);
      }),
    );
  });

  test('any text gets an answer, never an exception', () => {
    const pieces = fc.constantFrom(
      ';',
      '=',
      '%',
      '/',
      ',',
      '\\',
      'CN=',
      'subject',
      'csr',
      'new',
      'getCERT',
      '%3B',
      '\n',
      'é',
      '\u0000',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (body) => {
        const parsed = parseLegacyBody(body);
        assert.equal(typeof (parsed.ok ? parsed.value.action : parsed.error), 'string');
      }),
      { numRuns: 1000 },
    );
  });
});
