import { least, type Written } from './configs.ts';

/** Two blocks that differ in one key: without it, or with another value, and with it. */
export type KeyCase = readonly [Written, Written];

/** Where a request can be written, and how the block around it looks. */
const places: Readonly<Record<string, { readonly path: string; readonly around: (request: Written) => Written }>> = {
  'steps[]': { path: '', around: (request) => withSteps({ name: 'second', ...request }) },
  'pending.poll': { path: '/{{ id }}', around: (request) => pendingWith({ poll: request }) },
  'pending.download': {
    path: '/{{ id }}',
    around: (request) => pendingWith({ poll: { url: '/polls/{{ id }}' }, download: request }),
  },
  check: { path: '', around: (request) => ({ ...least, check: request }) },
  revoke: { path: '/{{ serial.hex }}', around: (request) => ({ ...least, revoke: request }) },
  'auth.login': {
    path: '',
    around: (request) => ({ ...least, auth: { type: 'login', login: { token: 'token', ...request } } }),
  },
};

export function withSteps(...further: readonly Written[]): Written {
  return { ...least, steps: [{ name: 'first', body: { json: { csr: '{{ csr.pem }}' } } }, ...further] };
}

/** A CA that answers 202 to the first request. */
export function pendingWith(pending: Written): Written {
  const steps = [{ name: 'first', url: '/wait', body: { json: { csr: '{{ csr.pem }}' } } }];
  return { ...least, steps, pending: { id: 'id', ...pending } };
}

const part = { name: 'a', value: '1' };

/** The keys of a request, each with what is written without it and with it. */
function requestCases(path: string): Readonly<Record<string, readonly [Written, Written]>> {
  const url = `/x${path}`;
  const bodies: Readonly<Record<string, readonly [Written, Written]>> = {
    json: [{ json: { a: '1' } }, { json: { a: '2' } }],
    form: [{ form: { a: '1' } }, { form: { a: '2' } }],
    'multipart[].name': [{ multipart: [part] }, { multipart: [{ ...part, name: 'b' }] }],
    'multipart[].value': [{ multipart: [part] }, { multipart: [{ ...part, value: '2' }] }],
    'multipart[].filename': [{ multipart: [part] }, { multipart: [{ ...part, filename: 'a.txt' }] }],
    'multipart[].contentType': [{ multipart: [part] }, { multipart: [{ ...part, contentType: 'text/csv' }] }],
    xml: [{ xml: '<a/>' }, { xml: '<b/>' }],
    raw: [{ raw: 'YQ==' }, { raw: 'Yg==' }],
    rawEncoding: [{ raw: 'YQ==' }, { raw: 'YQ==', rawEncoding: 'base64' }],
    contentType: [{ raw: 'YQ==' }, { raw: 'YQ==', contentType: 'application/pkcs10' }],
  };
  return {
    method: [
      { url, body: { raw: 'YQ==' } },
      { url, body: { raw: 'YQ==' }, method: 'PUT' },
    ],
    url: [{ url }, { url: `/y${path}` }],
    query: [{ url }, { url, query: { a: '1' } }],
    headers: [{ url }, { url, headers: { accept: 'application/json' } }],
    ...Object.fromEntries(
      Object.entries(bodies).map(([key, [off, on]]) => [
        `body.${key}`,
        [
          { url, body: off },
          { url, body: on },
        ],
      ]),
    ),
  };
}

function ruleCases(path: string): Readonly<Record<string, readonly [Written, Written]>> {
  const url = `/x${path}`;
  const rule = { when: 'status == 200', outcome: 'failed' };
  const off = { url, rules: [rule] };
  return {
    'rules[].when': [off, { url, rules: [{ ...rule, when: 'status == 404' }] }],
    'rules[].outcome': [off, { url, rules: [{ ...rule, outcome: 'retry' }] }],
  };
}

/** The cases of every key of every request. */
export const requestKeyCases: Readonly<Record<string, KeyCase>> = Object.fromEntries(
  Object.entries(places).flatMap(([place, { path, around }]) => {
    const hasRules = place !== 'pending.download' && place !== 'auth.login';
    const cases = { ...requestCases(path), ...(hasRules ? ruleCases(path) : {}) };
    return Object.entries(cases).map(([key, [off, on]]) => [`${place}.${key}`, [around(off), around(on)] as const]);
  }),
);
