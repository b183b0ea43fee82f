import type { IssuerCase } from './issuer-cases.ts';

type Fields = Readonly<Record<string, unknown>>;

const step = { name: 'sign', url: '/sign', body: { json: { csr: '{{ csr.pem }}' } } };
const base = { baseUrl: 'https://pki.example.com', steps: [step] };
const parameters = { getCSRParam: 'csr' };
const byParameters = { baseUrl: base.baseUrl, parameters };

function taken(what: string, pki: Fields, spec: Fields = {}): IssuerCase {
  return { what, spec: { signerType: 'pki', pki, ...spec } };
}

/** An issuer that the API server refuses, with that message about that field. */
function refused(what: string, pki: Fields | undefined, path: string, message: string, spec: Fields = {}): IssuerCase {
  const escape = (text: string): string => text.replaceAll(/[.[\]()\\/|?*+^$]/g, String.raw`\$&`);
  const refusal = new RegExp(`${escape(path)}: [^]*${escape(message)}`);
  return { what, spec: { signerType: 'pki', ...(pki === undefined ? {} : { pki }), ...spec }, refusal };
}

const withStep = (fields: Fields): Fields => ({ ...base, steps: [{ ...step, ...fields }] });
const withBody = (body: Fields): Fields => withStep({ body });
const withParameters = (fields: Fields): Fields => ({ ...byParameters, parameters: { ...parameters, ...fields } });
const withResponse = (response: Fields): Fields => ({ ...base, response });
const withAuth = (auth: Fields): Fields => ({ ...base, auth });
const withTls = (tls: Fields): Fields => ({ ...base, tls });

/** Every rule of the block pki that CEL checks, each broken once, and what stands just beside it. */
export const pkiIssuerCases: readonly IssuerCase[] = [
  taken('a PKI with one step', base),
  taken('a PKI with parameters', { ...byParameters, method: 'GET' }),
  taken('a PKI in plain text that is allowed', { ...base, baseUrl: 'http://pki.example.com', tls: { allowPlaintext: true } }),
  taken('a PKI that decides later', { ...base, pending: { id: 'id', poll: { url: '/{{ id }}' } }, pollInterval: '10s' }),
  taken('a PKI with a credential in a query', withAuth({ type: 'apiKey', in: 'query', name: 'key' })),
  { what: 'a PKI in a ConfigMap', spec: { signerType: 'pki', configMapRef: { name: 'pki-config' } } },

  refused('a PKI of which nothing is known', undefined, 'spec.pki', 'signerType pki needs to know the API of the CA'),
  refused('a PKI for another signer', base, 'spec.pki', 'pki belongs to signerType pki', { signerType: 'mockca' }),
  refused('a PKI beside a ConfigMap', base, 'spec.pki', 'in the ConfigMap that configMapRef names', {
    configMapRef: { name: 'a' },
  }),
  refused('a PKI without an address', { steps: [step] }, 'spec.pki.baseUrl', 'Required value'),
  refused(
    'a PKI with steps and parameters',
    { ...base, parameters },
    'spec.pki.steps',
    'set exactly one of parameters and steps',
  ),
  refused('a PKI with neither', { baseUrl: base.baseUrl }, 'spec.pki.steps', 'set exactly one of parameters and steps'),
  refused('a method beside steps', { ...base, method: 'GET' }, 'spec.pki.method', 'method belongs to parameters'),
  refused(
    'parameters without the CSR',
    { ...byParameters, parameters: { getCertParam: 'getCERT' } },
    'spec.pki.parameters.getCSRParam',
    'set getCSRParam: a PKI that is not sent the CSR',
  ),
  refused(
    'parameters that ask for a key',
    withParameters({ getKeyParam: 'getKEY' }),
    'spec.pki.parameters.getKeyParam',
    'private keys never leave the cluster',
  ),
  refused(
    'a value without its parameter',
    withParameters({ newCertValue: '1' }),
    'spec.pki.parameters.newCertParam',
    'are values of newCertParam and renewCertParam',
  ),
  refused(
    'a count of names that are not sent',
    withParameters({ dnsMaxCount: 3 }),
    'spec.pki.parameters.dnsPrefix',
    'mean nothing without dnsPrefix',
  ),
  refused(
    'a form of a subject that is not sent',
    withParameters({ subjectDNFormat: 'slash' }),
    'spec.pki.parameters.subjectParam',
    'means nothing without subjectParam',
  ),
  refused(
    'a parameter with a semicolon',
    withParameters({ subjectParam: 'a;b' }),
    'spec.pki.parameters.subjectParam',
    'should match',
  ),
  refused(
    'an interval of polls that are not made',
    { ...base, pollInterval: '10s' },
    'spec.pki.pending',
    'pollInterval and pollDeadline mean nothing without pending',
  ),
  refused(
    'plain text',
    { ...base, baseUrl: 'http://pki.example.com' },
    'spec.pki.baseUrl',
    'http:// sends everything in plain text',
  ),
  refused(
    'plain text as the second address',
    { ...base, backupUrl: 'http://pki.example.com' },
    'spec.pki.baseUrl',
    'http:// sends everything in plain text',
  ),
  refused('an address that is none', { ...base, baseUrl: 'pki.example.com' }, 'spec.pki.baseUrl', 'should match'),
  refused('a step with a name that templates cannot have', withStep({ name: 'a-b' }), 'spec.pki.steps[0].name', 'should match'),
  refused('a GET with a body', withStep({ method: 'GET' }), 'spec.pki.steps[0].body', 'GET has no body'),
  refused(
    'a body of two kinds',
    withBody({ form: { csr: '{{ csr.pem }}' }, raw: '{{ csr.pem }}' }),
    'spec.pki.steps[0].body',
    'a body has exactly one of json, form, multipart, xml, raw',
  ),
  refused(
    'an encoding of a body that is not raw',
    withBody({ json: {}, rawEncoding: 'base64' }),
    'spec.pki.steps[0].body.rawEncoding',
    'rawEncoding belongs to raw',
  ),
  refused(
    'a field of an answer that is PEM',
    withResponse({ certificateField: 'certificate' }),
    'spec.pki.response.certificateField',
    'set it with format json or xml',
  ),
  refused(
    'an answer in JSON without a field',
    withResponse({ format: 'json' }),
    'spec.pki.response.certificateField',
    'set it with format json or xml',
  ),
  refused(
    'a chain in an answer that is PEM',
    withResponse({ chainField: 'chain' }),
    'spec.pki.response.format',
    'chainField and caField are for format json and xml',
  ),
  refused(
    'two sources of the CA certificates',
    withResponse({ caUrl: '/ca', caBundle: 'x' }),
    'spec.pki.response.caUrl',
    'remove caUrl, or caBundle',
  ),
  refused(
    'a type of credential without its block',
    withAuth({ type: 'jwt' }),
    'spec.pki.auth.jwt',
    'type jwt needs the field jwt',
  ),
  refused(
    'a block of another type of credential',
    withAuth({ type: 'basic', hmac: {} }),
    'spec.pki.auth.hmac',
    'type hmac needs the field hmac',
  ),
  refused(
    'a login that is not described',
    withAuth({ type: 'login' }),
    'spec.pki.auth.login',
    'type login needs the field login',
  ),
  refused(
    'OAuth2 that is not described',
    withAuth({ type: 'oauth2' }),
    'spec.pki.auth.oauth2',
    'type oauth2 needs the field oauth2',
  ),
  refused(
    'a credential in a query without a name',
    withAuth({ type: 'apiKey', in: 'query' }),
    'spec.pki.auth.name',
    'name is the parameter that the credential goes in',
  ),
  refused(
    'a header of a credential that is in none',
    withAuth({ type: 'apiKey', in: 'body', name: 'key', headerName: 'X-Key' }),
    'spec.pki.auth.headerName',
    'are for a credential in a header',
  ),
  refused(
    'two sources of trust',
    withTls({ caSecretRef: { name: 'a' }, caConfigMapRef: { name: 'a' } }),
    'spec.pki.tls.caConfigMapRef',
    'set only one of caSecretRef and caConfigMapRef',
  ),
  refused(
    'trust that is not asked for',
    withTls({ caSecretRef: { name: 'a' }, insecureSkipVerify: true }),
    'spec.pki.tls.insecureSkipVerify',
    'the CA certificates would not be used',
  ),
  refused('too short a timeout', { ...base, network: { timeout: '0s' } }, 'spec.pki.network.timeout', '1s'),
  refused(
    'an outcome nobody knows',
    { ...base, rules: [{ when: 'true', outcome: 'maybe' }] },
    'spec.pki.rules[0].outcome',
    'supported values: "issued", "pending", "retry", "failed", "issuer-broken"',
  ),
];
