import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, certificatePem, configFor, open, request, type LabOptions } from './support/lab.ts';
import { json, type Recorder, recorder, type Respond } from './support/recorder.ts';

const token = 'issued-token/7f3a+9=';
const password = 'p4ssw0rd-of-the-login';

const login = (path: string): Readonly<Record<string, unknown>> => ({
  auth: {
    type: 'login',
    headerName: 'X-Token',
    login: { url: '/login', body: { json: { pw: '{{ secret.pw }}' } }, token: path },
  },
});
const oauth2 = (url: string, clientAuthentication: string): Readonly<Record<string, unknown>> => ({
  auth: { type: 'oauth2', oauth2: { tokenUrl: `${url}/token`, clientId: 'frank', clientAuthentication, scopes: ['sign'] } },
});

/** Signs and gives what was traced; the servers of tokens say the same, and set a session. */
async function traceOf(
  t: Parameters<typeof recorder>[0],
  parts: (url: string) => Readonly<Record<string, unknown>>,
  options: LabOptions,
  tokens: Respond,
): Promise<{ readonly text: string; readonly ca: Recorder }> {
  const ca = await recorder(t, async (each, count) => (each.path === '/sign' ? { body: certificatePem } : tokens(each, count)));
  const signer = await open(t, configFor(ca.url, parts(ca.url)), options);
  const entries: string[] = [];
  await signer.sign(request(), call({ trace: ({ part, text }) => entries.push(`${part} ${text}`) }));
  return { text: entries.join('\n'), ca };
}

describe('a trace', () => {
  const session = { 'set-cookie': 'session=c00kie-value', 'x-subject-token': token };
  const kinds = {
    'a login': [() => login('token'), { secret: { pw: password } }],
    'a login whose token is in a header': [() => login('header:X-Subject-Token'), { secret: { pw: password } }],
    'an OAuth2 token request': [(url: string) => oauth2(url, 'client_secret_post'), { secret: { 'client-secret': password } }],
  } as const;
  for (const [what, [parts, options]] of Object.entries(kinds)) {
    test(`shows ${what}, without what it gives`, async (t) => {
      const answer = { token, access_token: token, token_type: 'Bearer' };
      const { text } = await traceOf(t, parts, options, () => json(answer, 200, session));
      assert.match(text, /^sent POST http\S+\/(login|token)\n[^]*\*\*\*[^]*?\nanswered 200\ncontent-type: application\/json\n/);
      assert.match(text, /\n<body not shown: it holds the token>\nsent POST \S+\/sign\n/);
      for (const secret of [token, password, 'c00kie']) assert.ok(!text.includes(secret), text);
    });

    test(`shows why ${what} was refused`, async (t) => {
      const { text, ca } = await traceOf(t, parts, options, ({ body }) => json({ why: 'locked', body }, 403, session));
      assert.match(text, /\nanswered 403\n[^]*\{"why":"locked",/);
      for (const secret of [password, 'c00kie']) assert.ok(!text.includes(secret), text);
      assert.equal(ca.to('/sign').length, 0);
    });
  }

  test('hides the assertion that a client was shown by', async (t) => {
    const { text, ca } = await traceOf(
      t,
      (url) => ({
        auth: {
          type: 'oauth2',
          oauth2: { tokenUrl: `${url}/token`, clientId: 'frank', clientAuthentication: 'private_key_jwt', algorithm: 'HS256' },
        },
      }),
      { secret: { secret: 'a-key-that-is-long-enough-for-HS256-1234' } },
      ({ body }) => json({ error: body }, 400),
    );
    const assertion = new URLSearchParams(ca.to('/token')[0]?.body).get('client_assertion') ?? '';
    assert.ok(assertion.length > 50);
    assert.match(text, /client_assertion=\*\*\*/);
    assert.ok(!text.includes(assertion), text);
  });
});

describe('a dry run', () => {
  async function shown(
    t: Parameters<typeof recorder>[0],
    parts: (url: string) => Readonly<Record<string, unknown>>,
    options: LabOptions = {},
  ): Promise<string> {
    const ca = await recorder(t, () => ({}));
    const signer = await open(t, configFor(ca.url, parts(ca.url)), options);
    const preview = await signer.preview?.(request());
    assert.ok(preview?.ok === true, JSON.stringify(preview));
    assert.equal(ca.requests.length, 0);
    return preview.value.join('\n').replaceAll(ca.url, 'BASE');
  }

  for (const [method, pattern] of [
    ['client_secret_basic', /\nauthorization: Basic \*\*\*\n\ngrant_type=client_credentials&scope=sign\n/],
    ['client_secret_post', /\n\ngrant_type=client_credentials&scope=sign&client_id=frank&client_secret=\*\*\*\n/],
  ] as const) {
    test(`shows the token request with ${method}, and the CA certificates that are fetched before signing`, async (t) => {
      const options = { secret: { 'client-secret': password } };
      const text = await shown(t, (url) => ({ ...oauth2(url, method), response: { caUrl: '/ca.pem' } }), options);
      assert.match(text, /^# pki\.auth\.oauth2\nPOST BASE\/token\n/);
      assert.match(text, pattern);
      assert.match(text, /\n# pki\.response\.caUrl\nGET BASE\/ca\.pem\nauthorization: Bearer \*\*\*\n# pki\.steps\[0\]/);
      assert.ok(!text.includes(password), text);
    });
  }

  test('shows CA certificates that are fetched only where the answer has none at the end', async (t) => {
    const text = await shown(t, () => ({
      response: { format: 'json', certificateField: 'crt', caField: 'ca', caUrl: '/ca.pem' },
    }));
    assert.match(text, /\n# pki\.response\.caUrl, where the answer has no certificate of the CA\nGET BASE\/ca\.pem$/);
  });

  test('shows as written what no name can stand for, and the download', async (t) => {
    const submit = {
      name: 'submit',
      url: '/submit',
      body: { json: { csr: '{{ csr.pem }}' } },
      extract: { list: 'list', loc: 'header:Location' },
    };
    const text = await shown(t, () => ({
      steps: [
        submit,
        { name: 'tag', url: '/tag', body: { json: { tags: '{{ steps.submit.list | join: "," }}' } } },
        { name: 'get', url: '{{ steps.submit.loc }}', headers: { Accept: 'text/plain' } },
      ],
      pending: { id: 'id', poll: { url: '{{ id }}' }, download: { url: '/certificates/{{ id }}' } },
    }));
    const later = (source: string): string => `depends on ${source}; its URL and body cannot be shown before`;
    assert.equal(
      text.slice(text.indexOf('# pki.steps[1]')),
      [
        `# pki.steps[1] (tag): ${later('the answer to step submit')}`,
        'POST /tag',
        `body: ${JSON.stringify({ json: { tags: '{{ steps.submit.list | join: "," }}' }, rawEncoding: 'text' })}`,
        `# pki.steps[2] (get): ${later('the answer to step submit')}`,
        'GET {{ steps.submit.loc }}',
        'headers: {"Accept":"text/plain"}',
        `# pki.pending.poll, where the CA decides later: ${later('the id that the CA gives')}`,
        'GET {{ id }}',
        '# pki.pending.download, where it has decided',
        'GET BASE/certificates/%3Cid%3E',
      ].join('\n'),
    );
  });

  test('shows a CSR in DER whole', async (t) => {
    const body = { raw: '{{ csr.derBase64 }}', rawEncoding: 'base64' };
    const text = await shown(t, () => ({ steps: [{ name: 'sign', url: '/sign', body }] }));
    assert.ok(text.includes(`bytes: ${Buffer.from(request().csr.der).toString('hex')}>`), text);
  });

  test('fails where a request lacks something that no answer gives', async (t) => {
    const body = { json: { csr: '{{ csr.pem }}', site: '{{ request.annotations.site }}' } };
    const steps = [{ name: 'sign', url: '/sign', body }];
    const signer = await open(t, configFor('https://pki.example.com', { steps, allowedAnnotations: ['site'] }));
    const preview = await signer.preview?.(request());
    assert.ok(preview?.ok === false);
    assert.match(preview.error.message, /annotation "site" is not on the request/);
  });
});
