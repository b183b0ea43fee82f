import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import fc from 'fast-check';
import { certificatePem, configFor, expected, open, request, sign } from './support/lab.ts';
import { recorder, type Recorded, type Recorder } from './support/recorder.ts';

/** Names that mean something in one of the formats, and any others. */
const wicked = [
  'x;renew=1',
  'x&renew=1',
  'x/O=Evil',
  'x,O=Evil',
  'x+CN=y',
  '"},"admin":true,"x":{"y":"',
  '</cn><admin>true</admin><cn>',
  '<![CDATA[x]]>',
  '&amp;&#x41;',
  '{{ secret.pw }}',
  '{% for a in b %}',
  '../../admin?x=1#y',
  '--external-issuer',
  '\r\n--x\r\nContent-Disposition: form-data; name="admin"\r\n\r\n1',
  '%0d%0a%3B',
  'x\r\nX-Admin: 1',
  '-----BEGIN CERTIFICATE REQUEST-----',
  '\u2028\u0000\u0007\ud800',
  '\'"`\\',
];
const names = fc.oneof(
  fc.constantFrom(...wicked),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.tuple(fc.constantFrom(...wicked), fc.string({ maxLength: 10 })).map((parts) => parts.join('')),
);

const pem = request().csr.pem;
const base64 = Buffer.from(request().csr.der).toString('base64');

/** A format: how a name is sent in it, and what a strict reader of it finds. */
interface Format {
  readonly parts: Readonly<Record<string, unknown>>;
  /** What the CA finds, as names and values; the name is the value of "cn". */
  readonly read: (sent: Recorded) => readonly (readonly [string, string])[];
  readonly others?: readonly (readonly [string, string])[];
  /** The names that it has no way to write. */
  readonly refuses?: RegExp;
  /** How the name is written, before it is encoded. */
  readonly written?: (name: string) => string;
}

const step = (rest: object): Readonly<Record<string, unknown>> => ({ steps: [{ name: 'sign', ...rest }] });
const utf8 = ({ body }: Recorded): string => Buffer.from(body, 'latin1').toString('utf8');
const cn = '{{ subject.commonName }}';
const csr: readonly [string, string] = ['csr', pem];

const formats: Readonly<Record<string, Format>> = {
  json: {
    parts: step({ body: { json: { csr: '{{ csr.pem }}', cn, list: [`a ${cn}`] } } }),
    read: (sent) => {
      const { list, ...rest } = JSON.parse(utf8(sent)) as Readonly<Record<string, string>> & {
        readonly list: readonly string[];
      };
      assert.equal(list.length, 1);
      assert.equal(list[0], `a ${String((rest as Readonly<Record<string, string>>)['cn'])}`);
      return Object.entries(rest as Readonly<Record<string, string>>);
    },
  },
  form: {
    parts: step({ body: { form: { csr: '{{ csr.pem }}', cn } } }),
    read: (sent) => [...new URLSearchParams(utf8(sent))],
  },
  query: {
    parts: step({ method: 'POST', url: '/sign', query: { csr: '{{ csr.pem }}', cn } }),
    read: ({ url }) => [...new URL(url, 'http://ca').searchParams],
  },
  header: {
    parts: step({ method: 'POST', headers: { cn: `[${cn}]`, csr: '{{ csr.base64 }}' } }),
    read: ({ headers }) => {
      return [
        ['csr', String(headers['csr'])],
        ['cn', String(headers['cn']).slice(1, -1)],
      ];
    },
    others: [['csr', base64]],
    refuses: /[^\x20-\x7e]/,
  },
  multipart: {
    parts: step({
      body: {
        multipart: [
          { name: 'csr', value: '{{ csr.pem }}' },
          { name: 'cn', value: cn },
        ],
      },
    }),
    read: readMultipart,
  },
  xml: {
    parts: step({ body: { xml: `<r><csr>{{ csr.pem }}</csr><cn>${cn}</cn></r>` } }),
    read: (sent) => {
      const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true });
      const { r } = parser.parse(utf8(sent)) as { readonly r: Readonly<Record<string, string>> };
      return Object.entries(r);
    },
    refuses: /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u,
  },
  raw: {
    parts: step({ body: { raw: `{{ csr.base64 }};cn=${cn}` } }),
    read: (sent) => {
      const [first = '', ...pairs] = utf8(sent).split(';');
      return [['csr', first], ...pairs.map(split).map(decoded)];
    },
    others: [['csr', base64]],
  },
  'parameters, ampersand': {
    parts: { steps: undefined, parameters: { getCSRParam: 'csr', csrFormat: 'pem', subjectParam: 'cn', newCertParam: 'new' } },
    read: (sent) => [...new URLSearchParams(utf8(sent))],
    others: [['new', ''], csr],
    written: (name) => `CN=${commaEscaped(name)}`,
  },
  'parameters, semicolon and slash': {
    parts: {
      steps: undefined,
      parameters: {
        paramFormat: 'semicolon',
        getCSRParam: 'csr',
        subjectParam: 'cn',
        subjectDNFormat: 'slash',
        newCertParam: 'new',
      },
    },
    read: (sent) => utf8(sent).split(';').map(split).map(decoded),
    others: [
      ['new', ''],
      ['csr', base64],
    ],
    written: (name) => `/CN=${name.replaceAll(/[\\/+]/g, String.raw`\$&`)}`,
  },
};

function commaEscaped(name: string): string {
  return name.replaceAll(/[\\,+";<>]|^[ #]| $/g, String.raw`\$&`);
}

function split(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function decoded([name, value]: readonly [string, string]): readonly [string, string] {
  return [name, decodeURIComponent(value)];
}

function readMultipart(sent: Recorded): readonly (readonly [string, string])[] {
  const boundary = /boundary=(\S+)$/.exec(String(sent.headers['content-type']))?.[1] ?? '';
  assert.notEqual(boundary, '');
  const parts = utf8(sent).split(`--${boundary}`);
  assert.equal(parts.shift(), '');
  assert.equal(parts.pop(), '--\r\n');
  return parts.map((part) => {
    const [, name = '', value = ''] = /^\r\nContent-Disposition: form-data; name="([^"]*)"\r\n\r\n([^]*)\r\n$/.exec(part) ?? [];
    return [name, value];
  });
}

/** The head of each request must be what it is for a harmless name. */
function headOf({ method, path, rawHeaders }: Recorded): string {
  const headers = rawHeaders.filter((_each, index) => index % 2 === 0);
  return [method, path, ...headers].join(' ');
}

describe('a name of a requester never changes the shape of a request', () => {
  for (const [what, { parts, read, others = [csr], refuses, written = String }] of Object.entries(formats)) {
    test(what, async (t) => {
      const ca: Recorder = await recorder(t, () => ({ body: certificatePem }));
      const { steps, ...rest } = { ...configFor(ca.url), ...parts };
      const signer = await open(t, { ...rest, ...(steps === undefined ? {} : { steps }) });
      expected(await sign(signer, named('harmless')), 'issued');
      const usual = ca.requests[0];
      assert.ok(usual !== undefined);
      await fc.assert(
        fc.asyncProperty(names, async (name) => {
          const before = ca.requests.length;
          const outcome = await sign(signer, named(name));
          if (outcome.outcome === 'failed') {
            // What a format has no way to write is refused before anything is sent.
            assert.equal(ca.requests.length, before);
            assert.ok(!name.isWellFormed() || refuses?.test(name) === true, outcome.message);
            return;
          }
          const sent = ca.requests.at(-1);
          assert.ok(sent !== undefined);
          assert.equal(headOf(sent), headOf(usual));
          const found = read(sent).toSorted(([a], [b]) => (a < b ? -1 : 1));
          const wellFormed = name.toWellFormed();
          const wanted = wellFormed === '' && what.startsWith('parameters') ? [] : [['cn', written(wellFormed)] as const];
          assert.deepEqual(found.map(line), [...others, ...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(line));
        }),
        { numRuns: 60 },
      );
    });
  }
});

/** Line ends are the one thing that a reader may write otherwise. */
function line([name, value]: readonly [string, string]): string {
  return `${name}=${value.replaceAll(/\r\n?/g, '\n')}`;
}

function named(commonName: string): ReturnType<typeof request> {
  const usual = request();
  const rdns = [[{ oid: '2.5.4.3', value: commonName, der: Buffer.from(commonName) }]];
  const sans = { ...usual.csr.sans, dns: [] };
  return { ...usual, csr: { ...usual.csr, sans, subject: { der: new Uint8Array(), rdns } } };
}
