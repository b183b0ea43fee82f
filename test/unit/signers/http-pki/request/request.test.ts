import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleCsr, sampleValues } from '../template/sample-values.ts';
import { bodyOf, problemOf, refusalOf, rendered, textOf } from './rendered.ts';

const csr = sampleCsr;

describe('a request', () => {
  test('is a GET without and a POST with a body, unless said otherwise', () => {
    assert.equal(rendered({}).method, 'GET');
    assert.equal(rendered({ body: bodyOf({ raw: 'x' }) }).method, 'POST');
    assert.equal(rendered({ method: 'PUT', body: bodyOf({ raw: 'x' }) }).method, 'PUT');
    assert.equal(rendered({ method: 'POST' }).body, undefined);
    assert.match(refusalOf({ method: 'GET', body: bodyOf({ raw: 'x' }) }), /^pki\.steps\[0\]\.body: a GET has no body/);
  });

  test('has lower-case headers, with absent ones left out', () => {
    const { headers } = rendered({
      headers: {
        Accept: 'application/json',
        'X-Name': 'n {{ request.name }}',
        'X-None': '{{ id | optional }}',
        'X-User': '{{ secret.username | optional }}',
      },
    });
    assert.deepEqual(
      [...headers],
      [
        ['accept', 'application/json'],
        ['x-name', 'n web-1'],
        ['x-user', 'u'],
      ],
    );
  });

  const badHeaders: readonly (readonly [headers: Record<string, string>, error: RegExp])[] = [
    [{ Host: 'x' }, /headers\.Host: this header follows from/],
    [{ 'Content-Length': '1' }, /follows from/],
    [{ 'transfer-encoding': 'chunked' }, /follows from/],
    [{ 'a b': 'x' }, /"a b" is not the name of a header/],
    [{ 'a\r\nb': 'x' }, /is not the name/],
    [{ '{{ id }}': 'x' }, /is not the name/],
    [{ A: 'x', a: 'y' }, /there twice/],
    [{ A: 'x\ny' }, /one line of visible ASCII/],
    [{ A: 'x\n{{ id }}' }, /one line of visible ASCII/],
    [{ A: 'ä' }, /one line of visible ASCII/],
    [{ A: '{{ csr.pen }}' }, /headers\.a: .*did you mean "csr\.pem"/],
  ];
  for (const [headers, error] of badHeaders) {
    test(`is refused with the headers ${JSON.stringify(headers)}`, () => assert.match(refusalOf({ headers }), error));
  }

  test('says which field and which placeholder lacks what', () => {
    const values = sampleValues({ commonName: 'a\r\nX-Evil: 1' });
    assert.deepEqual(problemOf({ headers: { 'X-Name': 'a {{ subject.commonName }}' } }, values), {
      code: 'RequestIncomplete',
      message:
        'pki.steps[0].headers.x-name: {{ subject.commonName }}: its value holds a control character, such as a line break, which a header cannot carry; add | urlencode or | base64',
    });
    const missing = 'annotation "team" is not on the request; add | default: \'...\' where that may be';
    const needy = '{{ request.annotations.team }}';
    const places = {
      'query.t': { query: { t: needy } },
      url: { url: `/x/${needy}` },
      'body.json.a.b': { body: bodyOf({ json: { a: { b: needy } } }) },
      'body.form.t': { body: bodyOf({ form: { t: needy } }) },
      'body.multipart[0].value': { body: bodyOf({ multipart: [{ name: 't', value: needy }] }) },
      'body.xml': { body: bodyOf({ xml: `<a>${needy}</a>` }) },
      'body.raw': { body: bodyOf({ raw: needy }) },
    };
    for (const [place, written] of Object.entries(places)) {
      assert.deepEqual(problemOf(written), { code: 'RequestIncomplete', message: `pki.steps[0].${place}: ${missing}` });
    }
  });
});

describe('a body', () => {
  const typeOf = (body: Parameters<typeof bodyOf>[0]): string | undefined =>
    rendered({ body: bodyOf(body) }).headers.get('content-type');

  test('has its usual content type, or the one that is given', () => {
    assert.equal(typeOf({ json: {} }), 'application/json');
    assert.equal(typeOf({ form: {} }), 'application/x-www-form-urlencoded');
    assert.equal(typeOf({ xml: '<a/>' }), 'application/xml');
    assert.equal(typeOf({ raw: 'x' }), 'text/plain');
    assert.equal(typeOf({ raw: '{{ csr.base64 }}', rawEncoding: 'base64' }), 'application/octet-stream');
    assert.equal(typeOf({ raw: '{{ csr.pem }}', contentType: 'application/pkcs10' }), 'application/pkcs10');
    assert.match(
      typeOf({ multipart: [{ name: 'a', value: 'b' }] }) ?? '',
      /^multipart\/form-data; boundary=external-issuer-[0-9a-f]{40}$/,
    );
    assert.match(refusalOf({ headers: { 'Content-Type': 'a/b' }, body: bodyOf({ raw: 'x' }) }), /use body\.contentType/);
  });

  test('in JSON holds the CSR and typed values', () => {
    const json = {
      csr: '{{ csr.pem }}',
      ttl: '{{ duration.hours | json }}',
      sans: '{{ san.all | json }}',
      org: '{{ subject.countries | json | optional }}',
    };
    assert.deepEqual(JSON.parse(textOf(rendered({ body: bodyOf({ json }) }))), {
      csr: csr.pem,
      ttl: 2160,
      sans: ['a.example', 'b.example', '10.0.0.1', 'spiffe://a/b', 'a@b.example'],
    });
    assert.equal(textOf(rendered({ body: bodyOf({ json: null }) })), 'null');
  });

  test('as a form holds each field, lists as repeated ones', () => {
    const form = { csr: '{{ csr.pem }}', dns: '{{ san.dns | json }}', 'a b': 'c&d' };
    const fields = new URLSearchParams(textOf(rendered({ body: bodyOf({ form }) })));
    assert.deepEqual(
      [...fields],
      [
        ['csr', csr.pem],
        ['dns', 'a.example'],
        ['dns', 'b.example'],
        ['a b', 'c&d'],
      ],
    );
  });

  test('in parts names them and their files, for a reader of another make', async () => {
    const multipart = [
      { name: 'csr"x', value: '{{ csr.pem }}', filename: 'request.csr' },
      { name: 'type', value: 'x', contentType: 'text/x' },
      { name: 'none', value: '{{ id | optional }}' },
      { name: 'dns', value: '{{ san.dns | json }}' },
    ];
    const request = rendered({ body: bodyOf({ multipart }) });
    const read = await new Response(Buffer.from(request.body ?? []), {
      headers: Object.fromEntries(request.headers),
    }).formData();
    assert.deepEqual([...read.keys()], ['csr"x', 'type', 'dns', 'dns']);
    const file = read.get('csr"x');
    assert.ok(file instanceof File);
    assert.deepEqual([file.name, file.type, await file.text()], ['request.csr', 'application/octet-stream', csr.pem]);
    assert.deepEqual(read.getAll('dns'), ['a.example', 'b.example']);
    assert.equal(
      textOf(request),
      textOf(rendered({ body: bodyOf({ multipart }) })),
      'the boundary is the same for the same parts',
    );
  });

  test('given as base64 is sent as the bytes', () => {
    const request = rendered({ body: bodyOf({ raw: '{{ csr.base64 | wrap }}', rawEncoding: 'base64' }) });
    assert.deepEqual(Buffer.from(request.body ?? []), Buffer.from(csr.der));
    assert.match(
      problemOf({ body: bodyOf({ raw: '{{ csr.pem }}', rawEncoding: 'base64' }) }).message,
      /body\.raw: it is not base64/,
    );
  });

  test('has a limit', () => {
    const form = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, '{{ csr.hex }}']));
    const values = sampleValues();
    const large = { ...values, csr: { ...values.csr, hex: 'a'.repeat(100_000) } };
    assert.match(
      problemOf({ body: bodyOf({ form }) }, large).message,
      /^pki\.steps\[0\]\.body\.form: it becomes larger than 1024 KiB/,
    );
  });

  const refused: readonly (readonly [body: Parameters<typeof bodyOf>[0], error: RegExp])[] = [
    [{}, /body: a body has exactly one of json, form/],
    [{ json: {}, raw: '' }, /exactly one/],
    [{ json: {}, rawEncoding: 'base64' }, /rawEncoding: it belongs to raw/],
    [{ raw: '', contentType: '{{ id }}' }, /contentType: it holds a placeholder/],
    [{ multipart: [{ name: 'a', value: 'b' }], contentType: 'text/plain' }, /contentType: it must be a multipart type/],
    [{ multipart: [{ name: 'a', value: 'b' }], contentType: 'multipart/x; boundary=y' }, /without parameters/],
    [{ multipart: [{ name: '{{ id }}', value: 'b' }] }, /multipart\[0\]\.name: it holds a placeholder/],
    [{ multipart: [{ name: 'a', filename: 'b\r\nc', value: 'b' }] }, /multipart\[0\]\.filename: it holds a control/],
    [{ multipart: [{ name: 'a', contentType: 'ä', value: 'b' }] }, /multipart\[0\]\.contentType/],
    [{ multipart: [{ name: 'a', value: '{{ csr.pen }}' }] }, /multipart\[0\]\.value: line 1/],
    [{ form: { a: '{{ csr.pen }}' } }, /body\.form\.a: line 1/],
    [{ json: { a: '{{ csr.pen }}' } }, /body\.json\.a: line 1/],
    [{ xml: '<a>{{ csr.pen }}</a>' }, /body\.xml: line 1/],
    [{ raw: '{{ csr.pen }}' }, /body\.raw: line 1/],
  ];
  for (const [body, error] of refused) {
    test(`is refused: ${JSON.stringify(body)}`, () => assert.match(refusalOf({ body: bodyOf(body) }), error));
  }
});
