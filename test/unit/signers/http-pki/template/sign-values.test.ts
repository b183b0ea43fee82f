import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createValues, plainValues, withValues } from '../../../../../src/signers/http-pki/template/sign-values.ts';
import { subjectValues } from '../../../../../src/signers/http-pki/template/subject-values.ts';
import { parseCsr } from '../../../../../src/x509/csr.ts';
import { openssl, opensslCsr } from '../../../x509/tools.ts';
import { nameOf, now, sampleCsr, sampleRequest } from './sample-values.ts';

const plain = { issuer: { kind: 'ExternalClusterIssuer', name: 'pki' }, secret: { token: 't' }, now, uuid: 'u-1' };
const annotations = { team: 'blue', secretive: 'x', 'cert-manager.io/certificate-revision': '3' };
const input = {
  ...plain,
  request: sampleRequest({ annotations }),
  allowedAnnotations: ['team', 'absent', 'toString'],
  allowedLabels: [],
};

describe('the values of an attempt to sign', () => {
  const values = createValues(input);

  test('are those that the contract describes', () => {
    const { csr: _csr, ...rest } = values;
    assert.deepEqual(rest, {
      subject: {
        rfc4514: 'CN=test.example.com,O=Example',
        slash: '/O=Example/CN=test.example.com',
        commonName: 'test.example.com',
        serialNumber: '',
        organizations: ['Example'],
        organizationalUnits: [],
        countries: [],
        provinces: [],
        localities: [],
        streetAddresses: [],
        postalCodes: [],
      },
      san: {
        dns: ['a.example', 'b.example'],
        ip: ['10.0.0.1'],
        uri: ['spiffe://a/b'],
        email: ['a@b.example'],
        otherName: ['1.2.3:0c0178'],
        all: ['a.example', 'b.example', '10.0.0.1', 'spiffe://a/b', 'a@b.example'],
        typed: ['DNS:a.example', 'DNS:b.example', 'IP:10.0.0.1', 'URI:spiffe://a/b', 'email:a@b.example'],
      },
      duration: {
        seconds: 7_776_000,
        minutes: 129_600,
        hours: 2160,
        days: 90,
        go: '2160h0m0s',
        iso8601: 'PT7776000S',
        notAfter: '2026-04-02T03:04:05Z',
      },
      usages: ['digital signature', 'server auth'],
      isCA: false,
      request: {
        name: 'web-1',
        namespace: 'shop',
        uid: 'uid-1',
        revision: 3,
        idempotencyKey: 'uid-1',
        annotations: { team: 'blue' },
        labels: {},
      },
      issuer: { kind: 'ExternalClusterIssuer', name: 'pki', namespace: '' },
      now: { rfc3339: '2026-01-02T03:04:05Z', unix: 1_767_323_045, unixMs: 1_767_323_045_678 },
      uuid: 'u-1',
      secret: { token: 't' },
      auth: {},
      steps: {},
      id: '',
      serial: { hex: '', decimal: '' },
    });
  });

  test('hold the CSR in each encoding, which openssl reads', () => {
    const der = Buffer.from(sampleCsr.der);
    assert.deepEqual(
      { ...values.csr },
      {
        pem: sampleCsr.pem,
        base64: der.toString('base64'),
        derBase64: der.toString('base64'),
        base64url: der.toString('base64url'),
        hex: der.toString('hex'),
        pemBase64: Buffer.from(sampleCsr.pem).toString('base64'),
      },
    );
    assert.match(openssl(['req', '-in', 'a.pem', '-noout', '-subject'], { 'a.pem': values.csr.pem }), /test\.example\.com/);
  });

  test('round durations up', () => {
    const of = (durationSeconds: number) => createValues({ ...input, request: { ...input.request, durationSeconds } }).duration;
    assert.deepEqual(of(86_401), {
      seconds: 86_401,
      minutes: 1441,
      hours: 25,
      days: 2,
      go: '24h0m1s',
      iso8601: 'PT86401S',
      notAfter: '2026-01-03T03:04:06Z',
    });
    assert.equal(of(1e15).notAfter, '9999-12-31T23:59:59Z');
  });

  test('take a revision that is no number for the first', () => {
    for (const revision of ['0', '-1', 'x', '', '1e3']) {
      const request = sampleRequest({ annotations: { 'cert-manager.io/certificate-revision': revision } });
      assert.equal(createValues({ ...input, request }).request.revision, 1);
    }
  });

  test('can be given others without computing what nobody asked for', () => {
    let asked = 0;
    const counting = {
      ...values,
      csr: Object.defineProperty({ ...values.csr }, 'hex', { get: () => (asked += 1), enumerable: true }),
    };
    const later = withValues(counting, {
      id: '7',
      auth: { token: 'a' },
      steps: { s: { v: 1 } },
      serial: { hex: 'a', decimal: '10' },
    });
    assert.equal(asked, 0);
    assert.deepEqual(
      [later.id, later.auth, later.steps, later.serial],
      ['7', { token: 'a' }, { s: { v: 1 } }, { hex: 'a', decimal: '10' }],
    );
    assert.equal(values.id, '');
  });

  test('are empty where nothing is signed', () => {
    const none = plainValues(plain);
    assert.equal(none.csr.pem + none.subject.rfc4514 + none.subject.slash, '');
    assert.deepEqual(Object.keys(none).toSorted(), Object.keys(values).toSorted());
  });
});

describe('the subject', () => {
  test('is read by attribute', () => {
    const pem = opensslCsr({
      subject:
        'C = DE\nST = BY\nL = M\nO = A\n0.OU = b\n1.OU = c\nstreet = s\npostalCode = 1\nserialNumber = 7\nCN = n\npseudonym = p',
    });
    const parsed = parseCsr(pem);
    assert.ok(parsed.ok);
    const subject = subjectValues(parsed.value.subject);
    assert.deepEqual(
      { ...subject },
      {
        rfc4514: '2.5.4.65=#0c0170,CN=n,serialNumber=7,postalCode=1,STREET=s,OU=c,OU=b,O=A,L=M,ST=BY,C=DE',
        slash: '/C=DE/ST=BY/L=M/O=A/OU=b/OU=c/STREET=s/postalCode=1/serialNumber=7/CN=n/2.5.4.65=#0c0170',
        commonName: 'n',
        serialNumber: '7',
        organizations: ['A'],
        organizationalUnits: ['b', 'c'],
        countries: ['DE'],
        provinces: ['BY'],
        localities: ['M'],
        streetAddresses: ['s'],
        postalCodes: ['1'],
      },
    );
  });

  test('in slashes escapes what would look like another attribute', () => {
    const slash = (value: string): string => subjectValues(nameOf([['2.5.4.3', value]])).slash;
    assert.equal(slash('x/O=Evil'), String.raw`/CN=x\/O=Evil`);
    assert.equal(slash('x\\/O=Evil'), String.raw`/CN=x\\\/O=Evil`);
    assert.equal(slash('x+O=Evil\n#'), String.raw`/CN=x\+O=Evil\0a#`);
    assert.equal(slash('#0c'), String.raw`/CN=\#0c`);
  });

  test('in slashes can be read back, whatever the values are', () => {
    const text = fc
      .array(fc.constantFrom('a', '/', '\\', '+', '=', 'O', '#', 'CN', ' '), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), (texts) => {
        const { slash } = subjectValues(nameOf(texts.map((value) => ['2.5.4.3', value] as const)));
        const read = slash
          .split(/(?<!(?<!\\)(?:\\\\)*\\)\//)
          .slice(1)
          .map((part) => part.replace(/^CN=/, '').replaceAll(/\\(.)/g, '$1'));
        assert.deepEqual(read, texts);
      }),
    );
  });
});
