import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { group, issuerKinds } from '../../src/api/group.ts';
import { blocksOf, projectRoot, readPage, readPages } from './support/markdown.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Which issuer something asks for, in whatever way it says so. */
interface Named {
  readonly name: unknown;
  readonly kind: unknown;
  readonly group: unknown;
}

/** The ways in which other programs are told of an issuer: where they look, and the keys by which they find it there. */
const notations: readonly { readonly in: string; readonly keys: readonly [string, string, string] }[] = [
  { in: 'issuerRef', keys: ['name', 'kind', 'group'] },
  { in: 'annotations', keys: ['cert-manager.io/issuer', 'cert-manager.io/issuer-kind', 'cert-manager.io/issuer-group'] },
  {
    in: 'volumeAttributes',
    keys: ['csi.cert-manager.io/issuer-name', 'csi.cert-manager.io/issuer-kind', 'csi.cert-manager.io/issuer-group'],
  },
  { in: 'ingressShim', keys: ['defaultIssuerName', 'defaultIssuerKind', 'defaultIssuerGroup'] },
  // Of the charts of istio-csr and csi-driver-spiffe.
  { in: 'issuer', keys: ['name', 'kind', 'group'] },
];
/** Files that name no issuer: what they are about goes by the signer's name, or by a CA. */
const withoutIssuer = ['examples/integrations/approver-policy-values.yaml', 'examples/integrations/trust-manager.yaml'];

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every issuer that is named somewhere in a document. */
function issuersIn(value: unknown): readonly Named[] {
  if (Array.isArray(value)) return value.flatMap(issuersIn);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const notation = notations.find((each) => each.in === key);
    if (notation === undefined || !isFields(inner) || !notation.keys.some((name) => Object.hasOwn(inner, name))) {
      return issuersIn(inner);
    }
    const [name, kind, ofGroup] = notation.keys;
    return [{ name: inner[name], kind: inner[kind], group: inner[ofGroup] }];
  });
}

async function documentsOf(name: string): Promise<readonly Fields[]> {
  const text = await readFile(new URL(name, projectRoot), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Fields);
}

async function examples(): Promise<readonly { readonly name: string; readonly documents: readonly Fields[] }[]> {
  const names: string[] = [];
  for await (const name of glob('examples/{istio,integrations}/*.yaml', { cwd: projectRoot })) names.push(name);
  return await Promise.all(names.toSorted().map(async (name) => ({ name, documents: await documentsOf(name) })));
}

/** A field by its path; a number is an index. */
function fieldAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

describe('the examples of other programs', () => {
  test('name an issuer of ours, with its kind and its group', async () => {
    const kinds: readonly unknown[] = issuerKinds.map(({ kind }) => kind);
    for (const { name, documents } of await examples()) {
      const found = documents.flatMap(issuersIn);
      assert.equal(found.length > 0, name.endsWith('/gateway.yaml') ? false : !withoutIssuer.includes(name), name);
      for (const issuer of found) {
        assert.equal(issuer.group, group, name);
        assert.ok(kinds.includes(issuer.kind), `${name}: ${String(issuer.kind)}`);
        assert.ok(['mockca-cluster-issuer', 'spiffe'].includes(String(issuer.name)), `${name}: ${String(issuer.name)}`);
      }
    }
  });

  test('name no signer that there is not', async () => {
    const known = issuerKinds.map(({ plural }) => `${plural}.${group}`);
    const texts = await Promise.all(
      (await examples()).map(async ({ name }) => await readFile(new URL(name, projectRoot), 'utf8')),
    );
    const signers = texts.flatMap((text) => [...text.matchAll(/\b(external\w*\.[\w.-]+)\//g)].map(([, signer = '']) => signer));
    assert.deepEqual(new Set(signers.filter((signer) => signer !== group)), new Set(known));
  });

  test('and the pages leave out the annotation that works with issuers of cert-manager only', async () => {
    for (const { name, documents } of await examples()) {
      const annotations = documents.map((document) => fieldAt(document, 'metadata', 'annotations')).filter(isFields);
      assert.ok(!annotations.some((each) => Object.hasOwn(each, 'cert-manager.io/cluster-issuer')), name);
    }
    for (const page of await readPages()) {
      for (const { text } of blocksOf(page, 'yaml'))
        assert.doesNotMatch(text, /^\s*cert-manager\.io\/cluster-issuer:/m, page.name);
    }
  });

  test('are all spoken of in a page', async () => {
    const pages = await Promise.all(['docs/istio.md', 'docs/integrations.md'].map(readPage));
    const text = pages.map((page) => page.text).join('\n');
    for (const { name } of await examples()) assert.ok(text.includes(name), `no page names ${name}`);
  });
});

describe('the examples of Istio', () => {
  /** The namespaces of gateways, by the label of their pods, as the table of the page says. */
  const gateways: Readonly<Record<string, string>> = {
    ingress: 'istio-ingress',
    'aks-istio-ingressgateway-external': 'aks-istio-ingress',
  };

  test('have the Secret of each Gateway in the namespace of its pods, for its hosts', async () => {
    const all = (await examples()).filter(({ name }) => name.startsWith('examples/istio/'));
    let count = 0;
    for (const { name, documents } of all) {
      const file = name.endsWith('/gateway.yaml') ? await documentsOf('examples/istio/certificate.yaml') : documents;
      const certificate = file.find(({ kind }) => kind === 'Certificate');
      const gateway = documents.find(({ kind }) => kind === 'Gateway');
      if (gateway === undefined) continue;
      count += 1;
      const ofIstio = gateway['apiVersion'] === 'networking.istio.io/v1';
      const server = ofIstio ? fieldAt(gateway, 'spec', 'servers', 0) : fieldAt(gateway, 'spec', 'listeners', 0);
      const secret = ofIstio ? fieldAt(server, 'tls', 'credentialName') : fieldAt(server, 'tls', 'certificateRefs', 0, 'name');
      const hosts = ofIstio ? fieldAt(server, 'hosts') : [fieldAt(server, 'hostname')];
      const namespace = ofIstio
        ? gateways[String(fieldAt(gateway, 'spec', 'selector', 'istio'))]
        : fieldAt(gateway, 'metadata', 'namespace');
      assert.equal(fieldAt(certificate, 'spec', 'secretName'), secret, name);
      assert.deepEqual(fieldAt(certificate, 'spec', 'dnsNames'), hosts, name);
      assert.equal(fieldAt(certificate, 'metadata', 'namespace'), namespace, name);
      assert.equal(fieldAt(certificate, 'spec', 'privateKey', 'rotationPolicy'), 'Always', name);
    }
    assert.equal(count, 4, 'the Gateways were found');
    const { text } = await readPage('docs/istio.md');
    for (const [label, namespace] of Object.entries(gateways)) {
      assert.match(text, new RegExp(`\\| \`${namespace}\` \\| \`istio: ${label}\` \\|`), 'the table of the page');
    }
  });
});
