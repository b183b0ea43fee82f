import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { controllerNamespace } from '../../../src/api/group.ts';

/** What a test puts into an example of examples/pki in place of what a reader would; all else of it is as it is shipped. */
export interface PresetChanges {
  /** In place of the origin of the example's base URL, wherever that stands: `https://127.0.0.1:40001`. */
  readonly origin: string;
  /** In place of each `replace-me`, by object and key: `{'est-credentials/password': '...'}`. All must be given, and no others. */
  readonly values?: Readonly<Record<string, string>>;
  /** Names that the CA gives, such as a profile's: what stands in the example, and what is put there. */
  readonly words?: readonly (readonly [string, string])[];
  /** PEM: what the CA's server is believed by, where the example relies on the system's roots. */
  readonly trustPem?: string;
  /** Further fields of the block pki, over those of the example. */
  readonly pki?: Readonly<Record<string, unknown>>;
  /** Further fields of the issuer's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Further objects that the issuer refers to, where a variant of the example does. */
  readonly objects?: readonly PresetObject[];
  /** Goes after the name of the issuer and of all it refers to, so that several presets can be in one cluster. */
  readonly suffix?: string;
}

/** An example, ready for a CA of the tests. */
export interface Preset {
  /** All its objects. */
  readonly yaml: string;
  /** The name of its ExternalClusterIssuer. */
  readonly issuer: string;
}

/** An object of an example. */
export interface PresetObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly stringData?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
}

const documentKey = 'pki-config.json';
const folder = new URL('../../../examples/pki/', import.meta.url);

/** Reads an example and puts in what a test's CA has. @throws where a change finds nothing to change, or one is missing. */
export async function loadPreset(file: string, changes: PresetChanges): Promise<Preset> {
  const { origin, values = {}, words = [], suffix = '' } = changes;
  let text = await readFile(new URL(file, folder), 'utf8');
  for (const [written, real] of words) {
    assert.ok(text.includes(written), `${file} has no ${written}`);
    text = text.replaceAll(written, () => real);
  }
  const [shipped] = /https:\/\/[a-z-]+\.example\.com(?::\d+)?/.exec(text.replaceAll(/^#.*$/gm, '')) ?? [];
  assert.ok(shipped, `${file} has no address to replace`);
  const examples = parseAllDocuments(text.replaceAll(shipped, origin)).map((each) => each.toJS() as PresetObject);
  fill(examples, values, file);
  const objects = [...examples, ...(changes.objects ?? [])];
  const issuer = objects.find(({ kind }) => kind === 'ExternalClusterIssuer');
  assert.ok(issuer?.spec, `${file} has an issuer`);
  Object.assign(issuer.spec, changes.spec);
  const trust = changes.trustPem === undefined ? [] : [trusted(`${issuer.metadata.name}-trust`, changes.trustPem)];
  const tls = trust.map(({ metadata }) => ({ tls: { caConfigMapRef: { name: metadata.name } } }));
  for (const fields of [...tls, ...(changes.pki === undefined ? [] : [changes.pki])]) extend(objects, issuer, fields);
  rename([...objects, ...trust], suffix);
  return { yaml: [...objects, ...trust].map((each) => stringify(each)).join('---\n'), issuer: issuer.metadata.name };
}

function fill(objects: readonly PresetObject[], values: Readonly<Record<string, string>>, file: string): void {
  const unused = new Set(Object.keys(values));
  for (const { kind, metadata, data, stringData } of objects) {
    const texts = kind === 'Secret' ? stringData : data;
    for (const [key, text] of Object.entries(texts ?? {})) {
      if (texts === undefined || text.trim() !== 'replace-me') continue;
      const place = `${metadata.name}/${key}`;
      const value = values[place];
      assert.ok(value !== undefined, `${file}: ${place} is to be replaced`);
      texts[key] = value;
      unused.delete(place);
    }
  }
  assert.deepEqual([...unused], [], `${file} has these to be replaced`);
}

function trusted(name: string, pem: string): PresetObject {
  const metadata = { name, namespace: controllerNamespace };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': pem } };
}

/** Puts fields into the configuration, in the issuer or in its ConfigMap. */
function extend(
  objects: readonly PresetObject[],
  { spec = {} }: PresetObject,
  fields: Readonly<Record<string, unknown>>,
): void {
  const document = objects.find(({ kind, data }) => kind === 'ConfigMap' && data?.[documentKey] !== undefined)?.data;
  if (document === undefined) spec['pki'] = merged(spec['pki'], fields);
  else document[documentKey] = JSON.stringify(merged(JSON.parse(document[documentKey] ?? ''), fields));
}

/** Mappings are merged, all else is replaced; undefined takes a field out. */
function merged(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above;
  const all = {
    ...below,
    ...Object.fromEntries(Object.entries(above).map(([key, value]) => [key, merged(below[key], value)])),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rename(objects: readonly PresetObject[], suffix: string): void {
  for (const { kind, metadata, spec, data } of objects) {
    if (['Secret', 'ConfigMap', 'ExternalClusterIssuer'].includes(kind)) metadata.name += suffix;
    if (spec !== undefined) renameReferences(spec, suffix);
    if (data?.[documentKey] === undefined) continue;
    const document = JSON.parse(data[documentKey]) as object;
    renameReferences(document, suffix);
    data[documentKey] = JSON.stringify(document);
  }
}

function renameReferences(fields: object, suffix: string): void {
  for (const [key, value] of Object.entries(fields) as [string, unknown][]) {
    if (!isMapping(value)) continue;
    if (/(?:Secret|secret|Map)Ref$/.test(key)) Object.assign(value, { name: `${String(value['name'])}${suffix}` });
    else renameReferences(value, suffix);
  }
}
