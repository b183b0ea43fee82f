import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, ObjectKey } from '../../src/kube/resource.ts';

export const issuersFile = fileURLToPath(new URL('issuers.yaml', import.meta.url));
export const certificatesFile = fileURLToPath(new URL('certificates.yaml', import.meta.url));

/** The names in the two files that the demo refers to. */
export const clusterIssuer = 'pki-demo-company';
export const teamIssuer = { namespace: 'pki-demo-team', name: 'team-pki' } as const;
export const teamSecret = 'team-ca';
export const demoNamespaces = ['pki-demo', 'pki-demo-team'] as const;

/** The Certificates of the demo, in the order of their file. */
export async function demoCertificates(): Promise<readonly ObjectKey[]> {
  const documents = parseAllDocuments(await readFile(certificatesFile, 'utf8'));
  const objects = [...documents].map((document) => document.toJS() as KubeObject);
  return objects.flatMap(({ kind, metadata }) => (kind === 'Certificate' ? [metadata] : []));
}
