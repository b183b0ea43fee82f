import { certificatePem } from './certificate.ts';
import { least, type Written } from './configs.ts';
import { credentialKeyCases } from './credential-key-cases.ts';
import { pendingWith, requestKeyCases, withSteps, type KeyCase } from './request-key-cases.ts';

const csrBody = { json: { csr: '{{ csr.pem }}' } };

function block(path: string, off: unknown, on: unknown): KeyCase {
  return [
    { ...least, [path]: off },
    { ...least, [path]: on },
  ];
}

/** A response read from the answer at that path. */
function reading(url: string, off: Written, on: Written): KeyCase {
  const steps = [{ name: 'sign', url, body: csrBody }];
  return [
    { ...least, steps, response: off },
    { ...least, steps, response: on },
  ];
}

const json = { format: 'json', certificateField: 'certificate' };

function older(off: Written, on: Written, method?: string): KeyCase {
  const around = (parameters: Written): Written => ({
    baseUrl: least['baseUrl'],
    parameters: { getCSRParam: 'csr', ...parameters },
    ...(method === undefined ? {} : { method }),
  });
  return [around(off), around(on)];
}

const parameterCases: Readonly<Record<string, KeyCase>> = {
  paramFormat: older({}, { paramFormat: 'semicolon' }),
  newCertParam: older({}, { newCertParam: 'new' }),
  newCertValue: older({ newCertParam: 'new' }, { newCertParam: 'new', newCertValue: '1' }),
  renewCertParam: older({}, { renewCertParam: 'renew' }),
  renewCertValue: older({ renewCertParam: 'renew' }, { renewCertParam: 'renew', renewCertValue: '1' }),
  subjectParam: older({}, { subjectParam: 'subject' }),
  subjectDNFormat: older({ subjectParam: 'subject' }, { subjectParam: 'subject', subjectDNFormat: 'slash' }),
  dnsPrefix: older({}, { dnsPrefix: 'DNS' }),
  dnsStartIndex: older({ dnsPrefix: 'DNS' }, { dnsPrefix: 'DNS', dnsStartIndex: 1 }),
  dnsMaxCount: older({ dnsPrefix: 'DNS' }, { dnsPrefix: 'DNS', dnsMaxCount: 1 }),
  getCertParam: older({}, { getCertParam: 'getCERT' }),
  getCSRParam: older({}, { getCSRParam: 'p10' }),
  csrFormat: older({}, { csrFormat: 'pem' }),
  getKeyParam: older({}, { getKeyParam: 'getKEY' }),
};

const tlsCases: Readonly<Record<string, KeyCase>> = Object.fromEntries(
  (['caSecretRef', 'caConfigMapRef', 'clientCertSecretRef'] as const).flatMap((field) => {
    const named = (more: Written): Written => ({ [field]: { name: 'one', ...more } });
    const otherKey = field === 'clientCertSecretRef' ? 'client-cert' : 'other.crt';
    return [
      [`tls.${field}.name`, block('tls', named({}), named({ name: 'two' }))],
      [`tls.${field}.key`, block('tls', named({}), named({ key: otherKey }))],
      [`tls.${field}.namespace`, block('tls', named({}), named({ namespace: 'pki' }))],
    ] as const;
  }),
);

/** A case for each key of the block. */
export const keyCases: Readonly<Record<string, KeyCase>> = {
  ...requestKeyCases,
  ...credentialKeyCases,
  ...Object.fromEntries(Object.entries(parameterCases).map(([key, value]) => [`parameters.${key}`, value])),
  ...tlsCases,
  baseUrl: block('baseUrl', 'https://a.example', 'https://b.example'),
  backupUrl: [
    { ...least, baseUrl: 'https://down.example' },
    { ...least, baseUrl: 'https://down.example', backupUrl: 'https://b.example' },
  ],
  method: [older({}, {})[0], older({}, {}, 'GET')[1]],
  'steps[].name': [withSteps({ name: 'second' }), withSteps({ name: 'third' })],
  'steps[].extract': [extracting('id'), extracting('token')],
  'response.format': reading('/pem', { format: 'der' }, { format: 'pem' }),
  'response.certificateField': reading('/x', { ...json, certificateField: 'leaf' }, json),
  'response.chainField': reading('/x', json, { ...json, chainField: 'chain' }),
  'response.caField': reading('/x', json, { ...json, caField: 'ca' }),
  'response.errorField': reading('/fail', json, { ...json, errorField: 'error.message' }),
  'response.errorCodeField': reading('/fail', json, { ...json, errorCodeField: 'error.code' }),
  'response.caUrl': reading('/x', json, { ...json, caUrl: '/pem' }),
  'response.caBundle': reading('/x', json, { ...json, caBundle: certificatePem }),
  'pending.id': [
    pendingWith({ poll: { url: '/polls/{{ id }}' } }),
    pendingWith({ id: 'token', poll: { url: '/polls/{{ id }}' } }),
  ],
  pollInterval: waiting({}, { pollInterval: '5m' }),
  pollDeadline: waiting({}, { pollDeadline: '1h' }),
  'rules[].when': block(
    'rules',
    [{ when: 'status == 200', outcome: 'failed' }],
    [{ when: 'status == 404', outcome: 'failed' }],
  ),
  'rules[].outcome': block(
    'rules',
    [{ when: 'status == 200', outcome: 'failed' }],
    [{ when: 'status == 200', outcome: 'retry' }],
  ),
  'tls.serverName': block('tls', {}, { serverName: 'pki.internal' }),
  'tls.minVersion': block('tls', {}, { minVersion: 'TLSv1.3' }),
  'tls.insecureSkipVerify': block('tls', {}, { insecureSkipVerify: true }),
  'tls.allowPlaintext': [
    { ...least, baseUrl: 'http://a.example' },
    { ...least, baseUrl: 'http://a.example', tls: { allowPlaintext: true } },
  ],
  'network.proxy': block('network', {}, { proxy: 'http://proxy.example.com:3128' }),
  'network.connectTimeout': block('network', {}, { connectTimeout: '3s' }),
  'network.responseTimeout': block('network', {}, { responseTimeout: '3s' }),
  'network.timeout': block('network', {}, { timeout: '2m' }),
  'network.maxResponseBytes': block('network', {}, { maxResponseBytes: 2048 }),
  allowedAnnotations: allowing('annotations', 'allowedAnnotations'),
  allowedLabels: allowing('labels', 'allowedLabels'),
};

/** The keys whose case is a block that is refused without the key (plain text) or with it (a private key). */
export const refusedCases: Readonly<Record<string, 0 | 1>> = { 'tls.allowPlaintext': 0, 'parameters.getKeyParam': 1 };

function extracting(path: string): Written {
  const steps = [
    { name: 'first', body: csrBody, extract: { value: path } },
    { name: 'second', url: '/{{ steps.first.value }}' },
  ];
  return { ...least, steps };
}

function waiting(off: Written, on: Written): KeyCase {
  const around = pendingWith({ poll: { url: '/wait/{{ id }}' } });
  return [
    { ...around, ...off },
    { ...around, ...on },
  ];
}

function allowing(map: string, key: string): KeyCase {
  const body = { json: { csr: '{{ csr.pem }}', all: `{{ request.${map} | json }}` } };
  const around = { ...least, steps: [{ name: 'sign', body }] };
  return [around, { ...around, [key]: ['team'] }];
}
