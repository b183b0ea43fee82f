import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Signer, TraceEntry } from '../../../../../src/signers/signer.ts';
import { call, certificatePem, configFor, open, request, type LabOptions } from './support/lab.ts';
import { json, recorder, type Recorded, type Reply } from './support/recorder.ts';

const value = 'p4ss/w"ö+rd&<k>y;=% x';
const token = 'issued-token/7f3a+9=';

/** Every way in which a secret might be written. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const encoded = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  // Inside of other base64, but for the characters at its ends.
  const inner = [1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [...encoded, ...inner];
}

function assertHides(text: string, secrets: readonly string[]): void {
  for (const form of secrets.flatMap(formsOf)) assert.ok(!text.includes(form), `${JSON.stringify(form)} is shown in ${text}`);
}

interface Case {
  readonly parts: Readonly<Record<string, unknown>>;
  readonly options: LabOptions;
  /** What the preview must show. */
  readonly shows: readonly RegExp[];
}

const sign = (body: unknown): Readonly<Record<string, unknown>> => ({ steps: [{ name: 'sign', url: '/sign', body }] });
const csr = { csr: '{{ csr.pem }}' };

const cases: Readonly<Record<string, Case>> = {
  'a bearer token': {
    parts: { auth: { type: 'bearer' } },
    options: { secret: { token: value.replace(/[^!-~]/g, '') } },
    shows: [/^authorization: Bearer \*\*\*$/m],
  },
  'a password': {
    parts: { auth: { type: 'basic' } },
    options: { secret: { username: 'frank', password: value } },
    shows: [/^authorization: Basic \*\*\*$/m],
  },
  'an API key in the query': {
    parts: { auth: { type: 'apiKey', in: 'query', name: 'key' } },
    options: { secret: { 'api-key': value } },
    shows: [/^POST http:\/\/127\.0\.0\.1:\d+\/sign\?key=\*\*\*$/m],
  },
  'an API key in the body': {
    parts: { auth: { type: 'apiKey', in: 'body', name: 'key' } },
    options: { secret: { 'api-key': value } },
    shows: [/"key":"\*\*\*"/],
  },
  'a secret in the body, however it is encoded': {
    parts: sign({
      json: {
        ...csr,
        plain: 'user:{{ secret.pw }}',
        base64: '{{ secret.pw | base64 }}',
        url: '{{ secret.pw | urlencode }}',
        hex: '{{ secret.pw | hex }}',
      },
    }),
    options: { secret: { pw: value } },
    shows: [/"plain":"user:\*\*\*"/],
  },
  'a secret in a form': {
    parts: sign({ form: { ...csr, pw: '{{ secret.pw }}' } }),
    options: { secret: { pw: value } },
    shows: [/&pw=(\*\*\*|%2A%2A%2A)$/m],
  },
  'a secret in XML': {
    parts: sign({ xml: '<r pw="{{ secret.pw }}"><csr>{{ csr.pem }}</csr></r>' }),
    options: { secret: { pw: value } },
    shows: [/<r pw="\*\*\*">/],
  },
  'a login and its token': {
    parts: {
      auth: {
        type: 'login',
        headerName: 'X-Token',
        login: { url: '/login', body: { form: { pw: '{{ secret.pw }}' } }, token: 'token' },
      },
    },
    options: { secret: { pw: value } },
    // The token does not go with the login that gives it.
    shows: [/^# pki\.auth\.login\nPOST \S+\/login\ncontent-type: \S+\n\npw=/m, /^x-token: \*\*\*$/m],
  },
  'a token that is signed': {
    parts: { auth: { type: 'jwt', jwt: { algorithm: 'HS256', claims: {} } } },
    options: { secret: { secret: value } },
    shows: [/^authorization: Bearer \*\*\*$/m],
  },
  'a signature of a payload': {
    parts: {
      auth: { type: 'hmac', in: 'template', hmac: { payload: { csr: '{{ csr.pem }}', pw: '{{ secret.pw }}' } } },
      ...sign({ json: { request: '{{ auth.payload }}', token: '{{ auth.signature }}' } }),
    },
    options: { secret: { 'hmac-key': value, pw: value } },
    shows: [/"token":"\*\*\*"/, /"request":"[A-Za-z0-9+/*=]+"/],
  },
};

/** A CA that repeats in its answers all that it was sent. */
function echo({ url, headers, body }: Recorded, refusing: boolean): Reply {
  if (url === '/login') return json({ token });
  const all = [url, JSON.stringify(headers), body, value].join(' ');
  return refusing ? json({ error: all, crt: all }, 400) : json({ crt: certificatePem, all });
}

describe('secrets', () => {
  for (const [what, { parts, options, shows }] of Object.entries(cases)) {
    test(`are not shown by a dry run, a trace or an outcome: ${what}`, async (t) => {
      let refusing = true;
      const ca = await recorder(t, (each) => echo(each, refusing));
      const response = { format: 'json', certificateField: 'crt', errorField: 'error' };
      const signer = await open(t, configFor(ca.url, { response, ...parts }), options);
      const hidden = [
        ...Object.entries(options.secret ?? {})
          .filter(([key]) => key !== 'username')
          .map(([, text]) => text),
        token,
      ];

      const shown = await preview(signer);
      assertHides(shown, hidden);
      for (const pattern of shows) assert.match(shown, pattern);
      assert.match(shown, /\/sign/);
      assert.equal(ca.requests.length, 0);

      const traced: TraceEntry[] = [];
      const context = call({ trace: (entry) => traced.push(entry) });
      const refused = await signer.sign(request(), context);
      assert.equal(refused.outcome, 'failed');
      assertHides(JSON.stringify(refused), hidden);
      refusing = false;
      assert.equal((await signer.sign(request(), context)).outcome, 'issued');
      const text = traced.map((entry) => entry.text).join('\n');
      assertHides(text, hidden);
      assert.match(text, /^POST http.*\/sign/m);
      assert.deepEqual([...new Set(traced.map(({ part }) => part))], ['sent', 'answered', 'read']);
    });
  }

  test('are not half shown where the words of the CA are cut', async (t) => {
    const ca = await recorder(t, () => json({ error: `${'x '.repeat(95)}${value}${' x'.repeat(95)}` }, 400));
    const signer = await open(t, configFor(ca.url, { auth: { type: 'basic' }, response: { errorField: 'error' } }), {
      secret: { username: 'frank', password: value },
    });
    const outcome = await signer.sign(request(), call());
    assert.doesNotMatch(JSON.stringify(outcome), /p4ss/);
  });

  test('leave all else of a dry run as it is sent', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const steps = [
      {
        name: 'submit',
        url: '/submit/{{ request.uid }}',
        query: { profile: 'a b' },
        headers: { 'X-Team': '{{ request.annotations.team }}' },
        body: { json: { csr: '{{ csr.pem }}', days: '{{ duration.days | json }}' } },
        extract: { id: 'data.id' },
      },
      { name: 'get', url: '/get/{{ steps.submit.id }}' },
    ];
    const pending = { id: 'data.id', poll: { url: '/poll/{{ id }}' } };
    const signer = await open(t, configFor(ca.url, { steps, pending, allowedAnnotations: ['team'] }));
    const pem = JSON.stringify(request().csr.pem);
    assert.equal(
      await preview(signer),
      [
        '# pki.steps[0] (submit)',
        `POST ${ca.url}/submit/uid-1?profile=a%20b`,
        'x-team: red',
        'content-type: application/json',
        '',
        `{"csr":${pem},"days":90}`,
        '# pki.steps[1] (get)',
        `GET ${ca.url}/get/%3Csteps.submit.id%3E`,
        '# pki.pending.poll, where the CA decides later',
        `GET ${ca.url}/poll/%3Cid%3E`,
      ].join('\n'),
    );
    assert.equal(ca.requests.length, 0);
  });
});

async function preview(signer: Signer): Promise<string> {
  const shown = await signer.preview?.(request());
  assert.ok(shown?.ok === true, JSON.stringify(shown));
  return shown.value.join('\n');
}
