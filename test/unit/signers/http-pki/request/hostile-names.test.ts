import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import fc from 'fast-check';
import type { WrittenRequest } from '../../../../../src/signers/http-pki/schema/request.ts';
import { compileRequest } from '../../../../../src/signers/http-pki/request/request.ts';
import { sampleValues } from '../template/sample-values.ts';
import { base, bodyOf, type rendered, textOf } from './rendered.ts';

/** What people have tried, and what parsers are known to trip over. */
const nasty = fc.constantFrom(
  'x;renew=1', 'x/O=Evil', '"', "'", '\n', '\r\n', '\r\nX-Evil: 1', '{{', '{{ csr.pem }}', '{% if id %}', '}}', '%}', ';', '&', '&a=b', '=', '+', ' ',
  '%3B', '%26', '%0d%0a', '%2e%2e', '..', '/../', '//', '\\', '#', '?', '@', ']]>', '<!--', '-->', '<a>', '&lt;', '&#60;', '<![CDATA[', '--x', '\t', '\0',
  'ä', '☃', '😀', '\u202e', '\ufeff', '\u2028', '\u0085', '$&', '__proto__', ',', ':', '|', '`', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
); // prettier-ignore
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 4 }), fc.constant('a')), { maxLength: 6 })
  .map((parts) => parts.join('').toWellFormed());
const choice = fc.record({ commonName: hostile, dns: hostile, team: hostile });
type Choice = { readonly commonName: string; readonly dns: string; readonly team: string };

const cn = '{{ subject.commonName }}';
const dns = '{{ san.dns | first }}';
const team = "{{ request.annotations['team'] }}";

function valuesOf({ commonName, dns: name, team: annotation }: Choice) {
  return sampleValues({ commonName, dns: [name], annotations: { team: annotation } });
}

/** Holds for any names: either the request is refused, or it says what `read` finds in it. */
function always(
  written: WrittenRequest,
  check: (request: ReturnType<typeof rendered>, names: Choice) => void | Promise<void>,
  mayRefuse = false,
) {
  return fc.assert(
    fc.asyncProperty(choice, async (names) => {
      const compiled = compileRequest(written, 'step');
      assert.ok(compiled.ok);
      const request = compiled.value.render(valuesOf(names), base);
      if (request.ok) await check(request.value, names);
      else assert.ok(mayRefuse && request.error.code === 'RequestIncomplete', request.error.message);
    }),
    { numRuns: 400 },
  );
}

const three = (names: Choice): readonly string[] => [names.commonName, names.dns, names.team];

describe('a hostile name never changes the shape', () => {
  test('of JSON', () =>
    always(
      { body: bodyOf({ json: { a: `x${cn}y`, b: [dns, { team }], all: '{{ san.dns | json }}', fixed: true } }) },
      (request, names) => {
        assert.deepEqual(JSON.parse(textOf(request)), {
          a: `x${names.commonName}y`,
          b: [names.dns, { team: names.team }],
          all: [names.dns],
          fixed: true,
        });
      },
    ));

  test('of a form', () =>
    always({ body: bodyOf({ form: { first: '1', cn, dns: '{{ san.dns | json }}', team, last: '2' } }) }, (request, names) => {
      const fields = [...new URLSearchParams(textOf(request))];
      assert.deepEqual(fields, [
        ['first', '1'],
        ['cn', names.commonName],
        ['dns', names.dns],
        ['team', names.team],
        ['last', '2'],
      ]);
      assert.match(textOf(request), /^[A-Za-z0-9._~%&=-]*$/);
    }));

  test('of a query', () =>
    always({ url: `/x?written=${cn}`, query: { cn, dns, team, last: '2' } }, ({ url }, names) => {
      const expected = [
        ['written', names.commonName],
        ['cn', names.commonName],
        ['dns', names.dns],
        ['team', names.team],
        ['last', '2'],
      ];
      assert.deepEqual([...url.searchParams], expected);
      assert.equal(url.pathname + url.hash, '/api/x');
    }));

  test('of a path', () =>
    always(
      { url: `/v1/${cn}/x-${dns}/${team}/end` },
      ({ url }, names) => {
        const [, ...segments] = url.pathname.split('/').map((segment) => decodeURIComponent(segment));
        assert.deepEqual(segments, ['api', 'v1', names.commonName, `x-${names.dns}`, names.team, 'end']);
        assert.equal(url.origin + url.search + url.hash, 'https://ca.example');
        assert.ok(!segments.includes('..') && !segments.includes('.') && !segments.includes(''));
      },
      true,
    ));

  test('of headers', () =>
    always(
      { headers: { 'X-Cn': `v ${cn}`, 'X-Dns': dns, 'X-Team': '{{ request.annotations.team | optional }}' } },
      ({ headers }, names) => {
        assert.equal(headers.get('x-cn'), `v ${names.commonName}`);
        assert.equal(headers.get('x-dns'), names.dns);
        assert.equal(headers.get('x-team') ?? '', names.team);
        // Of another make, and refuses what HTTP does not allow.
        assert.equal([...new Headers(Object.fromEntries(headers))].length, names.team === '' ? 2 : 3);
        for (const value of headers.values()) assert.match(value, /^[\x20-\x7e]*$/);
      },
      true,
    ));

  test('of multipart, in which the parts come out as they went in', () => {
    const multipart = [
      { name: 'cn', value: cn },
      { name: 'file', value: dns, filename: 'f.csr' },
      { name: 'team', value: `-${team}` },
    ];
    return always({ body: bodyOf({ multipart }) }, (request, names) => {
      const boundary = /boundary=(\S+)$/.exec(request.headers.get('content-type') ?? '')?.[1] ?? '';
      const pieces = textOf(request).split(`--${boundary}`);
      assert.deepEqual([pieces.length, pieces[0], pieces.at(-1)], [5, '', '--\r\n']);
      const contents = pieces.slice(1, -1).map((piece) => piece.slice(piece.indexOf('\r\n\r\n') + 4, -2));
      assert.deepEqual(contents, [names.commonName, names.dns, `-${names.team}`]);
    });
  });

  test('of XML', () => {
    const xml = `<?xml version="1.0"?><r t="${cn}"><c a='${dns}'>[${cn}]</c>{% for d in san.dns %}<d>[{{ d }}]</d>{% endfor %}<t>[${team}]</t></r>`;
    const parser = new XMLParser({
      ignoreAttributes: false,
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
      htmlEntities: true,
    });
    // A parser may read line ends as one LF (XML 1.0 section 2.11); those of values are escaped, so that they stay.
    return always(
      { body: bodyOf({ xml }) },
      (request, names) => {
        const text = textOf(request);
        assert.equal(XMLValidator.validate(text), true);
        const read = parser.parse(text) as { readonly r: Record<string, unknown> };
        assert.deepEqual(Object.keys(read.r), ['c', 'd', 't', '@_t']);
        assert.equal(read.r['d'], `[${names.dns}]`);
        assert.equal(read.r['t'], `[${names.team}]`);
        assert.equal((read.r['c'] as Record<string, unknown>)['#text'], `[${names.commonName}]`);
      },
      true,
    );
  });

  test('of a raw body of parameters, lines or a name in slashes', () =>
    always(
      { body: bodyOf({ raw: `new=1;cn=${cn};dns=${dns}\nsubject=/O=A/CN=${cn}\nteam=${team};x\n{{ csr.pem }}` }) },
      (request, names) => {
        const text = textOf(request);
        const head = text.slice(0, text.indexOf('-----BEGIN '));
        assert.equal(text.split('-----BEGIN ').length, 2);
        const parts = head.split(/[;\n]/).map((part) => part.split('=').map((piece) => decodeURIComponent(piece)));
        assert.deepEqual(parts, [
          ['new', '1'],
          ['cn', names.commonName],
          ['dns', names.dns],
          ['subject', '/O', 'A/CN', names.commonName],
          ['team', names.team],
          ['x'],
          [''],
        ]);
        assert.equal(head.split('/').length, 3);
      },
    ));

  test('of JSON in a raw body', () =>
    always(
      { body: bodyOf({ raw: '{"a": {{ subject.commonName | json }}, "b": {{ san.dns | json }}};renew=0' }) },
      (request, names) => {
        const [json, ...rest] = textOf(request).split(';');
        assert.deepEqual(rest, ['renew=0']);
        assert.deepEqual(JSON.parse(json ?? ''), { a: names.commonName, b: [names.dns] });
      },
    ));

  test('wherever all of them are at once', () =>
    always(
      {
        url: `/${cn}`,
        query: { dns },
        headers: { T: '{{ request.annotations.team | urlencode }}' },
        body: bodyOf({ form: { cn } }),
      },
      (request, names) => {
        const read = [request.url.pathname.slice(5), request.url.searchParams.get('dns'), request.headers.get('t')];
        assert.deepEqual([decodeURIComponent(read[0] ?? ''), read[1], decodeURIComponent(read[2] ?? '')], three(names));
        assert.deepEqual([...request.headers.keys()], ['t', 'content-type']);
      },
      true,
    ));
});
