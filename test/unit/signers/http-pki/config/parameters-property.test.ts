import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLegacyBody } from '../../../../../src/mockca/legacy-body.ts';
import { compileParameters } from '../../../../../src/signers/http-pki/config/parameters.ts';
import { parametersSchema } from '../../../../../src/signers/http-pki/schema/parameters.ts';
import { sampleValues } from './support/values.ts';

const hostile = fc.oneof(
  fc.constantFrom(
    'x;renew=1',
    'x/O=Evil',
    'x,O=Evil',
    'x/CN=y',
    'a\\',
    '"\'',
    'a\r\nb',
    '{{ csr.pem }}',
    '%3Brenew=1',
    'a&b=c',
    '+O=x',
  ),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(';', '=', '&', '%', '/', ',', '\\', '+', '#', ' ', '\n', '\0', '{', '}', 'C', 'N', '\ud800'),
  }),
);
const requests = fc.record({
  commonName: hostile.filter((text) => text.trim() !== ''),
  organizations: fc.array(hostile, { maxLength: 2 }),
  organizationalUnits: fc.array(hostile, { maxLength: 2 }),
  countries: fc.array(hostile, { maxLength: 1 }),
  dns: fc.array(hostile, { minLength: 1, maxLength: 3 }),
  format: fc.constantFrom('slash', 'comma'),
});

type HostileRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function pair(paramFormat: string, method: 'GET' | 'POST', one: HostileRequest): { body: string; query: string } {
  const written = { newCertParam: 'new', newCertValue: '1', subjectParam: 'subject', dnsPrefix: 'DNS', getCSRParam: 'csr' };
  const parameters = parametersSchema.parse({ ...written, paramFormat, subjectDNFormat: one.format });
  const template = compileParameters(parameters, method, 'pki.parameters');
  assert.ok(template.ok);
  const { commonName, organizations, organizationalUnits, countries, dns } = one;
  const values = sampleValues({ subject: { commonName, organizations, organizationalUnits, countries }, dns });
  const rendered = template.value.render(values, new URL('https://pki.example.com/cgi'));
  assert.ok(rendered.ok);
  return { body: Buffer.from(rendered.value.body ?? []).toString('utf8'), query: rendered.value.url.search.slice(1) };
}

const sent = (text: string): string => text.toWellFormed();
const csr = sampleValues().csr.base64;

describe('a hostile name', () => {
  for (const method of ['POST', 'GET'] as const) {
    test(`never changes what a reader of semicolons sees (${method})`, () => {
      fc.assert(
        fc.property(requests, (one) => {
          const { body, query } = pair('semicolon', method, one);
          const parsed = parseLegacyBody(method === 'POST' ? body : query);
          assert.ok(parsed.ok);
          const { action, leafOnly, csr: csrSent, subject, dnsNames, ignored } = parsed.value;
          assert.deepEqual({ action, leafOnly, ignored }, { action: 'issue', leafOnly: false, ignored: [] });
          assert.equal(csrSent, csr);
          // This reader drops blanks around names.
          assert.equal(subject?.commonName, sent(one.commonName).trim());
          assert.deepEqual(
            dnsNames,
            one.dns.map((name) => sent(name).trim()),
          );
        }),
        { numRuns: 300 },
      );
    });

    test(`never changes what a reader of forms sees (${method})`, () => {
      fc.assert(
        fc.property(requests, (one) => {
          const { body, query } = pair('ampersand', method, one);
          const pairs = [...new URLSearchParams(method === 'POST' ? body : query)];
          const names = ['new', 'subject', ...one.dns.map((_, index) => `DNS${index + 2}`), 'csr'];
          assert.deepEqual(
            pairs.map(([name]) => name),
            names,
          );
          assert.deepEqual(
            pairs.slice(2, -1).map(([, value]) => value),
            one.dns.map(sent),
          );
          assert.equal(pairs.at(-1)?.[1], csr);
          const dn = pairs[1]?.[1] ?? '';
          assert.equal(attributesOf(dn, one.format), countOf(one));
        }),
        { numRuns: 300 },
      );
    });
  }
});

function countOf({ organizations, organizationalUnits, countries }: HostileRequest): number {
  return 1 + [...organizations, ...organizationalUnits, ...countries].filter((value) => value !== '').length;
}

/** How many attributes a reader sees that takes a backslash as the mark of what stands for itself, and "+" as another attribute. */
function attributesOf(dn: string, format: string): number {
  const bare = dn.replaceAll(/\\[^]/g, '');
  const separators = bare.split(format === 'slash' ? /[+/]/ : /[+,]/).length - 1;
  return format === 'slash' ? separators : separators + 1;
}
