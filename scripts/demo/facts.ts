import { findCondition } from '../../src/api/conditions.ts';
import { secrets } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { keyOf, keyText as keyOfObject, type ObjectKey } from '../../src/kube/resource.ts';
import { formatName } from '../../src/x509/name.ts';
import { requestOf, writerOf } from './certificate.ts';
import type { Issuance } from './issuance.ts';
import { keyText, namesOf, readCertificates, titleOf } from './chain.ts';
import type { TlsFiles } from './openssl.ts';
import type { TableRow } from './table.ts';

/** Reads the Secret of a Certificate. @throws when it lacks one of its three fields. */
export async function readTlsFiles(client: KubeClient, namespace: string, name: string): Promise<TlsFiles> {
  const { data = {} } = await client.get(secrets, { namespace, name });
  const field = (key: keyof TlsFiles): Uint8Array => {
    if (!data[key]) throw new Error(`Secret ${namespace}/${name} has no ${key}`);
    return Buffer.from(data[key], 'base64');
  };
  return { 'tls.crt': field('tls.crt'), 'tls.key': field('tls.key'), 'ca.crt': field('ca.crt') };
}

/** What the cluster says of a Certificate that was issued. */
export interface Facts {
  /** Lines by the name of the row. */
  readonly cells: Readonly<Record<string, readonly string[]>>;
  /** Who wrote the approval and the certificate into the request, by the API server's records. */
  readonly approvalWriter: string;
  readonly certificateWriter: string;
}

/** Gathers them from the request, the Secret and the watch. @throws when the Secret does not hold what it should. */
export async function factsOf(client: KubeClient, { certificate, tookMs }: Issuance): Promise<Facts> {
  const key: ObjectKey = keyOf(certificate);
  const { namespace = '' } = key;
  const { secretName } = certificate.spec;
  const [request, files] = await Promise.all([
    requestOf(client, key, certificate.status?.revision ?? 1),
    readTlsFiles(client, namespace, secretName),
  ]);
  const chain = readCertificates(files['tls.crt']);
  const [root] = readCertificates(files['ca.crt']);
  const [leaf] = chain;
  if (leaf === undefined || root === undefined) throw new Error(`Secret ${namespace}/${secretName} holds no certificate`);
  const approval = findCondition(request.status?.conditions, 'Approved');
  const { issuerRef } = request.spec;
  const cells = {
    Certificate: [keyOfObject(key)],
    'ready after': [`${(tookMs / 1000).toFixed(2)} s`],
    key: [keyText(leaf.x509.publicKey)],
    names: namesOf(leaf),
    'approved by': [approval?.reason ?? '', `(Approved=${approval?.status})`],
    'signed by': [issuerRef.kind ?? '', issuerRef.name, formatName(leaf.issuer)],
    chain: [titleOf(leaf), ...chain.slice(1).map((each) => `↳ ${titleOf(each)}`), `↳ ${titleOf(root)} (ca.crt)`],
    'valid until': [`${new Date(leaf.notAfter).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    Secret: [`${namespace}/${secretName}`],
  };
  return {
    cells,
    approvalWriter: writerOf(request, ['f:status', 'f:conditions', 'k:{"type":"Approved"}']) ?? 'unknown',
    certificateWriter: writerOf(request, ['f:status', 'f:certificate']) ?? 'unknown',
  };
}

/** The rows of a table with a column for each Certificate. */
export function rowsOf(facts: readonly Facts[]): readonly TableRow[] {
  const names = Object.keys(facts[0]?.cells ?? {});
  return names.map((name) => ({ name, cells: facts.map(({ cells }) => cells[name] ?? []) }));
}
