import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parseConfigDocument, parseConfigValue } from '../../src/api/config-document.ts';
import type { Result } from '../../src/lib/result.ts';
import { createHttpPkiSigner } from '../../src/signers/http-pki/http-pki.ts';
import { type PkiConfig, pkiBlock } from '../../src/signers/http-pki/schema/schema.ts';
import type { ReferencedData, Signer } from '../../src/signers/signer.ts';
import { type MockCaProcess, startMockCa } from '../e2e/support/mockca-process.ts';
import { testCA } from '../unit/signers/network/support/certificates.ts';
import { testSignersDeps } from '../unit/support/signers.ts';
import { describeSigner, requestFor, type SignerSubject } from './signer-conformance.ts';

/** The project's mock CA server over HTTPS, which takes only who has a client certificate and a bearer token. */
const token = 'conformance-token';
const ca = await testCA();
const [server, client] = await Promise.all([ca.issue(['DNS:localhost', 'IP:127.0.0.1']), ca.issue(['DNS:client'])]);
const definition = createHttpPkiSigner(testSignersDeps());

const started: MockCaProcess[] = [];
after(async () => {
  await Promise.all(started.map(async (mockca) => await mockca.end()));
});

async function startCa(...options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-conformance-'));
  try {
    const files = { 'tls.crt': server.cert, 'tls.key': server.key, 'clients.crt': ca.pem, token };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const file = (name: string): string => join(folder, name);
    const tls = [`--tls-cert-file=${file('tls.crt')}`, `--tls-key-file=${file('tls.key')}`];
    const guards = [`--tls-client-ca-file=${file('clients.crt')}`, `--token-file=${file('token')}`];
    const mockca = await startMockCa([...tls, ...guards, ...options]);
    started.push(mockca);
    return mockca.url;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function object(data: Readonly<Record<string, string>>): ReferencedData {
  const entries = Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const);
  return { where: 'Secret "pki" in namespace "team-a"', data: new Map(entries) };
}

async function open(
  config: Result<unknown, string>,
  credential: Readonly<Record<string, string>>,
  references: Readonly<Record<string, ReferencedData>> = {},
): Promise<Signer> {
  assert.ok(config.ok, config.ok ? '' : config.error);
  const opened = await definition.open({
    config: config.value as PkiConfig,
    issuerUid: 'uid',
    issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
    authSecret: object(credential),
    references: new Map(Object.entries(references)),
  });
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
  return opened.value;
}

const tls = { caConfigMapRef: { name: 'pki-ca' }, clientCertSecretRef: { name: 'pki-client' } };
const objects = {
  'tls.ca': object({ 'ca.crt': ca.pem }),
  'tls.client': object({ 'tls.crt': client.cert, 'tls.key': client.key }),
};

/** The server decides on usages itself and signs no CAs. */
const signs: SignerSubject['signs'] = { asAsked: false, cas: false };

function jsonConfig(baseUrl: string): object {
  return {
    baseUrl,
    auth: { type: 'bearer' },
    tls,
    steps: [
      {
        name: 'submit',
        url: '/sign',
        headers: { 'Idempotency-Key': '{{ request.idempotencyKey }}' },
        body: { json: { csr: '{{ csr.pem }}', validity_days: '{{ duration.days | json }}' } },
      },
    ],
    response: { format: 'json', certificateField: 'certificate_chain', caField: 'ca', errorField: 'details' },
    pending: { id: 'request_id', poll: { url: '/requests/{{ id }}' } },
    pollInterval: '1s',
    check: { url: '/health' },
  };
}

async function openJson(url: Promise<string>): Promise<Signer> {
  return await open(parseConfigValue(pkiBlock, jsonConfig(await url), 'the issuer'), { token }, objects);
}

const atOnce = startCa();
const later = startCa('--fault-pending=1');
// One that rejects is reported by the test that waits for it.
for (const url of [atOnce, later]) url.catch(() => undefined);

describeSigner({ name: 'pki with JSON and a bearer token', open: async () => await openJson(atOnce), signs });

describeSigner({
  name: 'pki with a CA that decides later',
  open: async () => await openJson(later),
  signs,
  impossible: () => requestFor({ extensions: 'basicConstraints = critical,CA:TRUE' }),
});

describeSigner({
  name: 'pki with a document of parameters',
  open: async () => {
    const parameters = {
      paramFormat: 'semicolon',
      newCertParam: 'new',
      newCertValue: '1',
      subjectParam: 'subject',
      subjectDNFormat: 'slash',
      dnsPrefix: 'DNS',
      getCSRParam: 'csr',
    };
    const baseUrl = `${await atOnce}/cgi/pki.cgi`;
    const document = JSON.stringify({ baseUrl, parameters, auth: { type: 'bearer' }, tls, response: { format: 'pem' } });
    return await open(parseConfigDocument(pkiBlock, document, 'pki-config.json'), { token }, objects);
  },
  signs,
});

describeSigner({
  name: 'pki with flat keys',
  open: async () => {
    const keys = {
      'signer-type': 'pki',
      'pki-api-url': `${await atOnce}/api/v1/certificate/sign`,
      'pki-request-template': '{"csr": "{{.CSR}}"}',
      'pki-response-cert-path': '.certificate',
      'pki-response-ca-path': '.ca',
      'pki-timeout': '30',
      // These keys have no place for a CA.
      'pki-skip-tls-verify': 'true',
    };
    const flat = definition.readFlatConfigMap?.(object(keys).data);
    assert.ok(flat?.ok === true, JSON.stringify(flat));
    const credential = { token, 'client-cert': client.cert, 'client-key': client.key };
    return await open(parseConfigValue(pkiBlock, flat.value, 'the ConfigMap'), credential);
  },
  signs,
});
