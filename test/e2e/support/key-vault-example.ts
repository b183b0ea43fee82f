import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import type { IssuerName } from './objects.ts';
import type { World } from './world.ts';

/** What a reader puts into an example of examples/key-vault. */
export interface ExampleChanges {
  readonly vaultUrl: string;
  readonly keyName: string;
  /** Of the issuer, and in place of `team-a` of the namespace. */
  readonly name: string;
  readonly namespace?: string;
  /** In place of the zeros; both are left out where the example has none. */
  readonly tenantId?: string;
  readonly clientId?: string;
  /** In place of each `replace-me`, by its key: `client-secret`, `tls.crt`. */
  readonly values?: Readonly<Record<string, string>>;
}

interface ExampleObject {
  readonly kind: string;
  readonly metadata: { name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly stringData?: Record<string, string>;
}

const folder = new URL('../../../examples/key-vault/', import.meta.url);
const zeros = '00000000-0000-0000-0000-000000000000';

/** Applies an example as its readers do; gives its issuer. On a given cluster it is removed at the end. */
export async function applyKeyVaultExample(world: World, file: string, changes: ExampleChanges): Promise<IssuerName> {
  const { vaultUrl, keyName, tenantId = '', clientId = '', name, namespace = 'team-a', values = {} } = changes;
  const shipped = await readFile(new URL(file, folder), 'utf8');
  const text = shipped
    .replaceAll('https://team-pki.vault.azure.net', vaultUrl)
    .replaceAll(/keyName: .*/g, `keyName: ${keyName}`)
    .replaceAll(`tenantId: ${zeros}`, `tenantId: ${tenantId}`)
    .replaceAll(`clientId: ${zeros}`, `clientId: ${clientId}`)
    .replaceAll('namespace: team-a', `namespace: ${namespace}`);
  const objects = parseAllDocuments(text).map((each) => each.toJS() as ExampleObject);
  for (const { data, stringData } of objects) fill(data ?? stringData ?? {}, values);
  const issuer = objects.find(({ kind }) => /^External(?:Cluster)?Issuer$/.test(kind));
  assert.ok(issuer, `${file} has an issuer`);
  issuer.metadata.name = name;
  const yaml = objects.map((each) => stringify(each)).join('---\n');
  await world.apply(yaml);
  if (!world.plane.owned) {
    const remove = ['delete', '--ignore-not-found', '--filename=-'];
    world.onClose(async () => void (await mustKubectl(world.plane.kubectl, remove, yaml)));
  }
  return issuer.metadata.namespace === undefined ? { name } : { namespace: issuer.metadata.namespace, name };
}

function fill(texts: Record<string, string>, values: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(texts)) {
    if (text.trim() !== 'replace-me') continue;
    assert.ok(values[key] !== undefined, `${key} is to be replaced`);
    texts[key] = values[key];
  }
}
